/** A process that runs batches of seeds, as it is ordered to. */

import { runBatch } from "./batch.js";
import type { Order } from "./fleet.js";
import type * as Library from "./library.js";
import { loadLibrary } from "./load-library.js";

let loaded: { readonly name: string; readonly library: typeof Library } | undefined;

/** The library with these changes: the last one is kept, since orders for one follow another. */
async function libraryFor(changes: Order["changes"]): Promise<typeof Library> {
  const name = JSON.stringify(changes);
  if (loaded?.name !== name) loaded = { name, library: await loadLibrary(changes) };
  return loaded.library;
}

process.on("message", async ({ changes, first, count, untilFailure }: Order) => {
  const tally = await runBatch(await libraryFor(changes), first, count, untilFailure);
  process.send?.(tally);
});
