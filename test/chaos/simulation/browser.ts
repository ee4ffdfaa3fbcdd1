/** A browser of a simulation: the tests' own, with a number, whose cookies somebody may have copied. */

import { FakeBrowser } from "../../support/fake-browser.js";

export class Browser extends FakeBrowser {
  readonly number: number;
  /** Cookie headers that someone has copied, to be replayed. */
  readonly stolen: string[] = [];

  constructor(number: number) {
    super();
    this.number = number;
  }

  /** A browser that has the cookies of a `Cookie` header. */
  static holding(cookieHeader: string): Browser {
    const browser = new Browser(0);
    for (const pair of cookieHeader.split("; ").filter(Boolean)) {
      const at = pair.indexOf("=");
      browser.plant(pair.slice(0, at), pair.slice(at + 1));
    }
    return browser;
  }
}
