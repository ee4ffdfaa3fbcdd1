/** A browser of a simulation: it keeps the cookies of the last response that arrived, and sends them back. */

export class Browser {
  readonly number: number;
  readonly #jar = new Map<string, string>();
  /** Cookie headers that someone has copied, to be replayed. */
  readonly stolen: string[] = [];

  constructor(number: number) {
    this.number = number;
  }

  /** The `Cookie` header of its next request. */
  get cookieHeader(): string {
    return [...this.#jar].map(([name, value]) => `${name}=${value}`).join("; ");
  }

  /** Takes the `Set-Cookie` headers of a response. */
  receive(setCookies: readonly string[]): void {
    for (const header of setCookies) {
      const [pair = "", ...attributes] = header.split("; ");
      const name = pair.slice(0, pair.indexOf("="));
      if (attributes.some((attribute) => attribute.startsWith("Expires="))) this.#jar.delete(name);
      else this.#jar.set(name, pair.slice(name.length + 1));
    }
  }
}
