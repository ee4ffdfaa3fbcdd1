/**
 * devalue at the edge. What is published has it bundled here (`src/rolldown.config.mjs`) without its look for Node, of which
 * webpack warns with each build of an edge route.
 */

export { stringify, unflatten } from "devalue";
