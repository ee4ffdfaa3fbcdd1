import { memoryCache, memoryStore } from "spillway/stores/memory";
import { describeCache } from "./cache-suite.js";
import { describeStore } from "./store-suite.js";

describeStore("in memory", async () => ({ store: memoryStore() }));
describeCache("in memory", async () => ({ cache: memoryCache() }));
