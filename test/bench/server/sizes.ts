/** Part "server": sessions of 1 KB to 1 MB on a real Redis and PostgreSQL, with what reaches them counted. */

import { median } from "../measure.js";
import { benchSession, nextVisits } from "../payload.js";
import { exactly, type Goal, type Part, type Report } from "../report.js";
import { type ServerContender, serverContenders, type Visitor } from "./contenders.js";
import { type Cost, type Services, startServices } from "./services.js";

const SIZES = { full: [1_000, 20_000, 100_000, 1_000_000], quick: [1_000, 20_000] } as const;
const ROUNDS = { full: 60, quick: 2 } as const;
/** How often each request is counted. It costs the same each time, and the most counts. */
const COUNTED = 3;

const STEPS = {
  read: { title: "Read", run: (visitor: Visitor) => visitor.read() },
  write: { title: "Read, change one value and save", run: (visitor: Visitor) => visitor.write(nextVisits()) },
} as const;

type StepName = keyof typeof STEPS;

interface Entry {
  readonly contender: ServerContender;
  readonly visitor: Visitor;
}

/** Measures and counts; contenders take turns. */
export const benchServer: Part = async (effort, progress) => {
  const services = await startServices();
  const contenders = await serverContenders(services);
  try {
    const reports: Report[] = [];
    for (const [done, bytes] of SIZES[effort].entries()) {
      const entries: Entry[] = [];
      for (const contender of contenders) {
        entries.push({ contender, visitor: await contender.begin(benchSession(bytes)) });
      }
      for (const name of ["read", "write"] as const) {
        reports.push(await timeReport(name, bytes, entries, ROUNDS[effort]));
        if (done === 0) reports.push(...(await countReports(name, entries, services)));
      }
      progress((done + 1) / SIZES[effort].length);
    }
    return reports;
  } finally {
    for (const contender of contenders) await contender.close();
    await services.stop();
  }
};

async function timeReport(step: StepName, bytes: number, entries: readonly Entry[], rounds: number): Promise<Report> {
  const { title, run } = STEPS[step];
  const samples = entries.map(() => [] as number[]);
  for (let round = -1; round < rounds; round++) {
    for (const [index, { visitor }] of entries.entries()) {
      const started = performance.now();
      await run(visitor);
      // The first is to warm up.
      if (round >= 0) samples[index]?.push((performance.now() - started) * 1000);
    }
  }
  const first = samples[0] ?? [];
  return {
    title: `${title} ${bytes.toLocaleString("en")} bytes on the server: Redis and PostgreSQL on this machine`,
    unit: "µs",
    rows: entries.map(({ contender }, index) => {
      const mine = samples[index] ?? [];
      const ratios = mine.map((sample, round) => sample / (first[round] ?? Number.NaN));
      return { name: contender.name, value: median(mine), ratio: median(ratios) };
    }),
    goals: [],
  };
}

/** Of each contender the most that any of its requests cost. */
async function countReports(step: StepName, entries: readonly Entry[], services: Services): Promise<Report[]> {
  const { title, run } = STEPS[step];
  const costs: Cost[] = [];
  for (const { visitor } of entries) {
    const counted: Cost[] = [];
    while (counted.length < COUNTED) counted.push(await services.count(() => run(visitor)));
    costs.push({
      commands: Math.max(...counted.map(({ commands }) => commands)),
      statements: Math.max(...counted.map(({ statements }) => statements)),
    });
  }
  const rows = (count: keyof Cost) =>
    entries.map(({ contender }, index) => ({ name: contender.name, value: costs[index]?.[count] ?? Number.NaN }));
  return [
    {
      title: `${title}, on the server: commands of Redis`,
      unit: "",
      rows: rows("commands"),
      goals: countGoals(step, costs[0]),
    },
    { title: `${title}, on the server: statements of PostgreSQL`, unit: "", rows: rows("statements"), goals: [] },
  ];
}

function countGoals(
  step: StepName,
  { commands, statements } = { commands: Number.NaN, statements: Number.NaN },
): Goal[] {
  return step === "read"
    ? [exactly("spilled read: Redis commands", 1, commands), exactly("spilled read: statements", 0, statements)]
    : [
        exactly("spilled read and write: Redis commands", 2, commands),
        exactly("spilled read and write: statements", 1, statements),
      ];
}
