/** `npm run fuzz:cookies -- <count> [<seed>]`: damaged cookies on the Node sealer. Exits 1 when one gets through. */
import { fuzzArguments } from "./cli.js";
import { fuzzCookies } from "./fuzz-cookies.js";

const report = await fuzzCookies(fuzzArguments(1_000_000));
console.log(report);
process.exitCode = report.accepted + report.refused + report.threw === 0 ? 0 : 1;
