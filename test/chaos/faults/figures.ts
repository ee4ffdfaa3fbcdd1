/** Figures of visits, and tables of them. */

import type { Visit } from "./visitors.js";

/** The value that this share of the values does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)] ?? 0;
}

/** How long visits took (milliseconds). */
export function times(visits: readonly Visit[]): number[] {
  return visits.map(({ milliseconds }) => milliseconds);
}

/** How many visits ended in an error. */
export function errors(visits: readonly Visit[]): number {
  return visits.filter(({ error }) => error !== undefined).length;
}

/** Prints a row of a table: the first cell to the left, numbers with one digit after the point if they have any. */
export function row(cells: readonly (string | number)[], widths: readonly number[]): void {
  const texts = cells.map((cell) => (typeof cell === "string" || Number.isInteger(cell) ? `${cell}` : cell.toFixed(1)));
  console.log(
    texts.map((text, i) => (i === 0 ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join("  "),
  );
}
