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
  readonly figure: number;
  readonly met: boolean;
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
  const outcomes = goals.map(({ text, figure: reached, met }) => `  ${met ? "✓" : "✗"} ${text}: ${figure(reached)}`);
  return [title, ...lines, ...outcomes, ""].join("\n");
}

/** Three significant digits, thousands set apart. */
export function figure(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 3 });
}
