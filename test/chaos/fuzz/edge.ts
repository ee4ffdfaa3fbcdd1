/** `npm run fuzz:edge -- <count> [<seed>]`: Node against the edge sealer. Exits 1 when they disagree. */
import { fuzzArguments } from "./cli.js";
import { fuzzEdge } from "./fuzz-edge.js";

const report = await fuzzEdge(fuzzArguments(100_000));
console.log(report);
process.exitCode = report.disagreed === 0 ? 0 : 1;
