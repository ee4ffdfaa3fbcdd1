/** Few runs of each property, where the test does not say how many, and the same ones for every change. */

import fc from "fast-check";

fc.configureGlobal({ numRuns: 10, seed: 1 });
