/** What a part of the benchmark found, and how it is printed. */

/** One measured thing. */
export interface Row {
  readonly name: string;
  /** In the unit of its report. */
  readonly value: number;
  /** Of the first row; undefined where nothing is compared. */
  readonly ratio?: number;
}

/** A figure to reach. */
export interface Goal {
  readonly text: string;
  /** The bound, as `≤ 0.6`. */
  readonly asked: string;
  readonly figure: number;
  readonly met: boolean;
}

/** A figure that may not be larger. */
export function atMost(text: string, most: number, figure: number): Goal {
  return { text, asked: `≤ ${most}`, figure, met: figure <= most };
}

/** A figure that may not be smaller. */
export function atLeast(text: string, least: number, figure: number): Goal {
  return { text, asked: `≥ ${least}`, figure, met: figure >= least };
}

/** A count that has to be this one. */
export function exactly(text: string, count: number, figure: number): Goal {
  return { text, asked: `= ${count}`, figure, met: figure === count };
}

/** One table. */
export interface Report {
  readonly title: string;
  readonly unit: string;
  readonly rows: readonly Row[];
  readonly goals: readonly Goal[];
}

/** A part of the benchmark, which tells how far it is, from 0 to 1. */
export type Part = (effort: Effort, progress: (share: number) => void) => Promise<Report[]>;

/** How much work to put into a part: `quick` shows only that it runs. */
export type Effort = "full" | "quick";

/** How long the bar of the largest value is, in characters. */
const BAR = 30;

/** A report as text: a table, a bar for each row, and the goals. */
export function format({ title, unit, rows, goals }: Report): string {
  const width = Math.max(...rows.map(({ name }) => name.length));
  const most = Math.max(...rows.map(({ value }) => value));
  const lines = rows.map(({ name, value, ratio }) => {
    const bar = "█".repeat(Math.round((value / most) * BAR) || 0);
    const compared = ratio === undefined ? "" : `× ${figure(ratio)}`;
    return `  ${name.padEnd(width)}  ${figure(value).padStart(8)} ${unit}  ${compared.padStart(8)}  ${bar}`.trimEnd();
  });
  const outcomes = goals.map(
    ({ text, asked, figure: reached, met }) => `  ${met ? "✓" : "✗"} ${text}, ${asked}: ${figure(reached)}`,
  );
  return [title, ...lines, ...outcomes, ""].join("\n");
}

/** All goals of a run as one table: what was asked, and what was measured. */
export function formatGoals(goals: readonly Goal[]): string {
  const width = Math.max(...goals.map(({ text }) => text.length));
  const lines = goals.map(
    ({ text, asked, figure: reached, met }) =>
      `  ${met ? "✓" : "✗"} ${text.padEnd(width)}  ${asked.padStart(8)}  ${figure(reached).padStart(8)}`,
  );
  return ["Goals: asked, measured", ...lines, ""].join("\n");
}

/** Three significant digits, thousands set apart. */
export function figure(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
