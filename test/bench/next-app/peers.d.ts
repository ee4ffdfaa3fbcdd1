declare module "peers" {
  /** Seals a session into the text of a cookie, and opens it. */
  interface Library {
    open(text: string): Promise<Record<string, unknown>>;
    seal(data: Record<string, unknown>): Promise<string>;
  }
  export const libraries: Readonly<Record<string, Library | undefined>>;
}
