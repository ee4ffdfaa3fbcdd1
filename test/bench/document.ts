/** Makes the tables and plots of docs/performance.md of the results that were kept. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { costTable, listPrices } from "./cost.js";
import { plot, type Shade } from "./plot.js";
import { figure, type Goal, type Report } from "./report.js";
import { type PartResults, RESULTS, readResults } from "./results.js";

const PAGE = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
const PLOTS = fileURLToPath(new URL("../../docs/public/performance/", import.meta.url));
const SHADES: readonly Shade[] = ["light", "dark"];

/** Above this load, times are those of a machine that did something else as well. */
const BUSY = 2;

/** Writes both. What the page says between its markers is replaced. */
export function writeDocumentation(): void {
  mkdirSync(PLOTS, { recursive: true });
  const results = readResults(RESULTS);
  const parts = Object.entries(results).map(([name, found]) => partOf(name, found));
  const sections = {
    goals: goalTable(Object.values(results).flatMap(({ reports }) => reports.flatMap(({ goals }) => goals))),
    results: parts.join("\n\n"),
    costs: costTable(listPrices()),
  };
  const page = readFileSync(PAGE, "utf8").replace(
    /(<!-- (goals|results|costs) -->\n).*?(<!-- end -->)/gs,
    (_, from, name: keyof typeof sections, to) => `${from}${sections[name]}\n${to}`,
  );
  writeFileSync(PAGE, page);
}

function goalTable(goals: readonly Goal[]): string {
  const rows = goals.map(({ text, asked, figure: value, met }) => [text, asked, figure(value), met ? "yes" : "**no**"]);
  return [["", "asked", "measured", "reached"], ["---", "---", "---", "---"], ...rows].map(lineOf).join("\n");
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function partOf(name: string, { date, node, cpu, load, reports }: PartResults): string {
  const busy =
    load > BUSY
      ? ` **On a busy machine (load ${load}): ratios are medians of interleaved rounds, times are too long.**`
      : "";
  const measured = `\`npm run bench -- ${name}\`, ${date}, Node ${node.slice(1)}, ${cpu}.${busy}`;
  return [measured, ...reports.map((report, at) => reportOf(`${name}-${at + 1}`, report))].join("\n\n");
}

function reportOf(id: string, report: Report): string {
  for (const shade of SHADES) writeFileSync(`${PLOTS}${id}-${shade}.svg`, plot(report, shade));
  const { title, unit, rows } = report;
  const hasRatios = rows.some(({ ratio }) => ratio !== undefined);
  const table = [
    lineOf([title, unit, ...(hasRatios ? ["of the first"] : [])]),
    lineOf(["---", "---", ...(hasRatios ? ["---"] : [])]),
    ...rows.map(({ name, value, ratio }) =>
      lineOf([name, figure(value), ...(hasRatios ? [ratio === undefined ? "" : figure(ratio)] : [])]),
    ),
  ];
  const picture = `<picture><source media="(prefers-color-scheme: dark)" srcset="/performance/${id}-dark.svg"><img alt="${title}" src="/performance/${id}-light.svg"></picture>`;
  return [picture, table.join("\n")].join("\n\n");
}
