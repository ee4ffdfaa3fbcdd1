import { memoryCache, memoryStore } from "spillway/stores/memory";
import { describeCache } from "../tiers/cache-suite.js";
import { describeStore } from "../tiers/store-suite.js";

describeStore("in memory", async () => ({ store: memoryStore() }));
describeCache("in memory", async () => ({ cache: memoryCache() }));
