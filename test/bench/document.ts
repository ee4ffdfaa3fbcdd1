/** Makes the tables and plots of docs/performance.md of the results that were kept. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { costTable, listPrices } from "./cost.js";
import { plot, type Shade } from "./plot.js";
import { figure, type Report } from "./report.js";
import { type PartResults, RESULTS, readResults } from "./results.js";

const PAGE = fileURLToPath(new URL("../../docs/performance.md", import.meta.url));
const PLOTS = fileURLToPath(new URL("../../docs/public/performance/", import.meta.url));
const SHADES: readonly Shade[] = ["light", "dark"];

/** Above this load, times are those of a machine that did something else as well. */
const BUSY = 2;

/** Writes both. What the page says between its markers is replaced. */
export function writeDocumentation(): void {
  mkdirSync(PLOTS, { recursive: true });
  const parts = Object.entries(readResults(RESULTS)).map(([name, results]) => partOf(name, results));
  const sections = { results: parts.join("\n\n"), costs: costTable(listPrices()) };
  const page = readFileSync(PAGE, "utf8").replace(
    /(<!-- (results|costs) -->\n).*?(<!-- end -->)/gs,
    (_, from, name: keyof typeof sections, to) => `${from}${sections[name]}\n${to}`,
  );
  writeFileSync(PAGE, page);
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
  const { title, unit, rows, goals } = report;
  const hasRatios = rows.some(({ ratio }) => ratio !== undefined);
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const table = [
    line([title, unit, ...(hasRatios ? ["of the first"] : [])]),
    line(["---", "---", ...(hasRatios ? ["---"] : [])]),
    ...rows.map(({ name, value, ratio }) =>
      line([name, figure(value), ...(hasRatios ? [ratio === undefined ? "" : figure(ratio)] : [])]),
    ),
  ];
  const reached = goals.map(
    ({ text, figure: value, met }) => `- ${met ? "reached" : "missed"}: ${text} (${figure(value)})`,
  );
  const picture = `<picture><source media="(prefers-color-scheme: dark)" srcset="/performance/${id}-dark.svg"><img alt="${title}" src="/performance/${id}-light.svg"></picture>`;
  return [picture, table.join("\n"), reached.join("\n")].filter(Boolean).join("\n\n");
}
