/** What a visitor knows of the count in their session: at least what was acknowledged, at most what was tried. */
export class Tally {
  #least = 0;
  #most = 0;
  /** What was found that cannot be, in words. */
  readonly findings: string[] = [];

  /** The count as a read told it. A write whose outcome is unknown may yet show, but nothing goes back. */
  read(count: number | undefined): void {
    this.#least = this.#check(count, this.#least, this.#most);
  }

  /** A write is about to be sent: from now on it may have happened. */
  tries(): void {
    this.#most += 1;
  }

  /** The count as an acknowledged write told it. All that was unknown is decided by that: it counted on top of it. */
  wrote(count: number | undefined): void {
    this.#least = this.#check(count, this.#least + 1, this.#most);
    this.#most = this.#least;
  }

  /** Something else that cannot be. */
  report(what: string): void {
    this.findings.push(what);
  }

  #check(count: number | undefined, least: number, most: number): number {
    if (count !== undefined && count >= least && count <= most) return count;
    this.report(`found ${count} where ${least === most ? least : `${least} to ${most}`} was to be`);
    return count ?? 0;
  }
}
