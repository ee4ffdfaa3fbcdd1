/** `npm run schema`: writes the files that are made from `prisma/session.prisma`. Run it after a change of the model. */

import { mkdirSync, writeFileSync } from "node:fs";
import { renderSchema } from "./render-schema.js";

for (const [path, text] of await renderSchema()) {
  const file = new URL(`../${path}`, import.meta.url);
  mkdirSync(new URL(".", file), { recursive: true });
  writeFileSync(file, text);
  console.log(path);
}
