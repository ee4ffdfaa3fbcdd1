/** The figures of interleavings. */

import type { Explored, Failure } from "./pair.js";

export class Tally {
  interleavings = 0;
  #pairs = 0;
  #revived = 0;
  #lost = 0;
  #other = 0;

  add({ interleavings, failures }: Explored): void {
    this.interleavings += interleavings;
    this.#pairs += 1;
    for (const { text, count } of failures) {
      if (text.startsWith("I2")) this.#revived += count;
      else if (/^I[14]/.test(text)) this.#lost += count;
      else this.#other += count;
    }
  }

  /** Whether nothing failed. */
  get isClean(): boolean {
    return this.#revived + this.#lost + this.#other === 0;
  }

  /** All of it in one line. */
  get figure(): string {
    const whole = (count: number) => count.toLocaleString("en");
    return `${whole(this.interleavings)} interleavings of ${whole(this.#pairs)} pairs of requests: ${whole(this.#revived)} sessions revived, ${whole(this.#lost)} writes or sessions lost, ${whole(this.#other)} that ended otherwise than in one of the two orders`;
  }
}

/** A failure in words. */
export function told({ text, count, trace }: Failure): string {
  return `${text}, ${count} times, first in ${trace.join(", ")}`;
}
