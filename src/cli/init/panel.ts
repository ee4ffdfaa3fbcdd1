/** The panel of `next dev`: a line in the root layout, and the route that it asks. */

import { posix } from "node:path";
import { type Project, textOf } from "../project/project.js";
import { created } from "./modules.js";
import type { Part } from "./plan.js";
import { importLine } from "./source-text.js";

const PACKAGE = "spillway/next/devtools";

/** The first statement that is no directive: imports may stand in front of it. */
const START = /^(?:\s*(?:\/\/.*|\/\*[\s\S]*?\*\/|["']use \w+["'];?))*[ \t]*\n*/;

/** Adds the panel, unless the layout has it. A layout in which its place cannot be told stays as it is, and is named. */
export function withPanel(project: Project): Part {
  if (hasPanel(project)) return {};
  const { root, source } = project;
  const path = layoutOf(project);
  const before = path && textOf(root, path);
  const after = before && withLine(before);
  if (!path || !after) {
    return {
      notes: [
        `The panel was not added: ${path ? `${path} has not exactly one </body>` : "there is no root layout in app/"}. The documentation says how to: docs/guide/session-panel.md.`,
      ],
    };
  }
  const route = created(
    project,
    posix.join(source, "app/api/spillway/route"),
    `/** What the panel of \`next dev\` asks. In a production build it answers 404. */\nexport { POST } from ${JSON.stringify(PACKAGE)};\n`,
  );
  return { changes: [{ path, before, after }, ...(route.changes ?? [])] };
}

/** Whether the root layout shows it already. */
export function hasPanel(project: Project): boolean {
  const path = layoutOf(project);
  return path !== undefined && (textOf(project.root, path)?.includes(PACKAGE) ?? false);
}

function layoutOf({ root, source }: Project): string | undefined {
  return ["tsx", "jsx", "js"]
    .map((extension) => posix.join(source, `app/layout.${extension}`))
    .find((path) => textOf(root, path) !== undefined);
}

function withLine(layout: string): string | undefined {
  const [start = "", end, ...more] = layout.split("</body>");
  if (end === undefined || more.length > 0) return undefined;
  const indentation = /\n([ \t]*)$/.exec(start)?.[1];
  const line =
    indentation === undefined
      ? "<SessionPanel />"
      : `${indentation.includes("\t") ? "\t" : "  "}<SessionPanel />\n${indentation}`;
  const text = `${start}${line}</body>${end}`;
  const at = START.exec(text)?.[0].length ?? 0;
  return `${text.slice(0, at)}${importLine("{ SessionPanel }", PACKAGE)}${text.slice(at)}`;
}
