const plain = !process.stdout.isTTY || Boolean(process.env.NO_COLOR);
const colour = (code: number) => (text: string) => (plain ? text : `\x1b[${code}m${text}\x1b[0m`);

export const bold = colour(1);
export const dim = colour(2);
const red = colour(31);
const green = colour(32);

/** Writes one line. */
export function say(line = ""): void {
  process.stdout.write(`${line}\n`);
}

/** Writes what went wrong, in a form that stands out. */
export function complain(message: string): void {
  process.stderr.write(`${red("✗")} ${message}\n`);
}

/** Runs one step of the start and tells when it is done, and how long it took. A failing step is named. */
export async function step<T>(name: string, run: () => Promise<T> | T): Promise<T> {
  say(`${dim("…")} ${dim(name)}`);
  const started = performance.now();
  try {
    const result = await run();
    say(`${green("✓")} ${name} ${dim(`${((performance.now() - started) / 1000).toFixed(1)} s`)}`);
    return result;
  } catch (error) {
    complain(`${name} failed`);
    throw error;
  }
}
