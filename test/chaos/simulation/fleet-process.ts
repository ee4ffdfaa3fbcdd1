/** A process that runs batches of seeds, as it is ordered to. */

import { runBatch } from "./batch.js";
import type { Order } from "./fleet.js";
import type * as Library from "./library.js";
import { loadLibrary } from "./load-library.js";
import { mutationOf } from "./mutations.js";

let loaded: { readonly rule: string | undefined; readonly library: typeof Library } | undefined;

/** The library that breaks this rule: the last one is kept, since orders for one follow another. */
async function libraryFor(rule: string | undefined): Promise<typeof Library> {
  if (loaded?.rule !== rule || !loaded)
    loaded = { rule, library: await loadLibrary(rule === undefined ? undefined : mutationOf(rule)) };
  return loaded.library;
}

process.on("message", async ({ rule, first, count, untilFailure }: Order) => {
  const tally = await runBatch(await libraryFor(rule), first, count, untilFailure);
  process.send?.(tally);
});
