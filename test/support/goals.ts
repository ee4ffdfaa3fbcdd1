/** Goals with the figures that were reached, one line each: what the scripts print, and what they end with. */

import { cpus } from "node:os";

/** Collects what was reached. */
export class Goals {
  #failed = 0;
  #late = 0;

  /** Says on what it is measured. */
  begin(): void {
    console.log(`Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${new Date().toISOString()}`);
  }

  /** Tells of something that has to hold on any machine. */
  hold(text: string, figure: number | string, goal: number | string, isMet: boolean): void {
    if (!isMet) this.#failed += 1;
    tell(text, figure, goal, isMet);
  }

  /** Tells of something that none may be of. */
  none(text: string, figure: number): void {
    this.hold(text, figure, 0, figure === 0);
  }

  /** Tells of a time or a rate: a busy machine may miss it. */
  time(text: string, figure: number | string, goal: number | string, isMet: boolean): void {
    if (!isMet) this.#late += 1;
    tell(text, figure, goal, isMet);
  }

  /** The exit code: 1 when something did not hold. Times alone do not decide. */
  end(): 0 | 1 {
    if (this.#late > 0) console.log(`${this.#late} times were missed. On a busy machine, try again.`);
    if (this.#failed > 0) console.error(`${this.#failed} of what must not be.`);
    return this.#failed > 0 ? 1 : 0;
  }
}

/** A number with its thousands set apart. */
export function whole(count: number): string {
  return Math.round(count).toLocaleString("en");
}

/** Shows how far it is, in one line that the next one takes the place of: to people, not to files. */
export function progress(text = ""): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${" ".repeat(60)}\r${text}`);
}

function tell(text: string, figure: number | string, goal: number | string, isMet: boolean): void {
  const said = (value: number | string) => (typeof value === "number" ? whole(value) : value);
  console.log(`${isMet ? "✓" : "✗"} ${text}: ${said(figure)} (goal: ${said(goal)})`);
}
