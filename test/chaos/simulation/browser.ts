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
}
