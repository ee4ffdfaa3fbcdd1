/** Few runs of each property, where the test does not say how many. */

import fc from "fast-check";

fc.configureGlobal({ numRuns: 25 });
