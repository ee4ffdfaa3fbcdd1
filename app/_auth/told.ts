/** What may be logged of an error: OpenID Connect clients attach what they expected, `state` and nonce among it. */
export function told(error: unknown): string {
  const { name, code } =
    error instanceof Error ? (error as Error & { code?: unknown }) : { name: "Error", code: undefined };
  return typeof code === "string" ? `${name} (${code})` : name;
}
