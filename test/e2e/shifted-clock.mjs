/** Preloaded into the demo's processes: puts their clocks ahead by the milliseconds that stand in a file. */
import { readFileSync } from "node:fs";

for (const clock of [Date, performance]) {
  const now = clock.now.bind(clock);
  clock.now = () => now() + Number(readFileSync(process.env.E2E_CLOCK_FILE, "utf8"));
}
