/** The imports of a module: which there are, and taking out those that nothing uses any more. */

import type MagicString from "magic-string";
import { isA, isReference, type Node, nameOf, walk } from "./syntax.js";

/** One name that a module imports. */
export interface Imported {
  /** As the module calls it. */
  readonly local: string;
  /** As it is exported there; `default` and `*` for the other two kinds. */
  readonly name: string;
  readonly from: string;
  readonly declaration: Node;
  readonly specifier: Node;
}

/** All names that a module imports. */
export function importsOf(program: Node): Imported[] {
  return (program.body as Node[]).flatMap((declaration) =>
    isA(declaration, "ImportDeclaration")
      ? (declaration.specifiers as Node[]).map((specifier) => ({
          local: nameOf(specifier.local) ?? "",
          name: isA(specifier, "ImportSpecifier")
            ? (nameOf(specifier.imported) ?? "")
            : isA(specifier, "ImportDefaultSpecifier")
              ? "default"
              : "*",
          from: (declaration.source as Node).value as string,
          declaration,
          specifier,
        }))
      : [],
  );
}

/** How often a name is used, outside of its import. */
export function usesOf(program: Node, name: string): number {
  let uses = 0;
  for (const placed of walk(program)) if (nameOf(placed.node) === name && isReference(placed)) uses += 1;
  return uses;
}

/** Takes names out of their import lines, and a line out that has no name left. */
export function removeImports(text: MagicString, source: string, unused: readonly Imported[]): void {
  for (const declaration of new Set(unused.map((one) => one.declaration))) {
    const gone = new Set(unused.map(({ specifier }) => specifier));
    const kept = (declaration.specifiers as Node[]).filter((one) => !gone.has(one));
    if (kept.length === 0) {
      text.remove(declaration.start, lineEnd(source, declaration.end));
      continue;
    }
    const outside = kept.filter((one) => !isA(one, "ImportSpecifier")).map((one) => source.slice(one.start, one.end));
    const inside = kept.filter((one) => isA(one, "ImportSpecifier")).map((one) => source.slice(one.start, one.end));
    const names = [...outside, ...(inside.length > 0 ? [`{ ${inside.join(", ")} }`] : [])].join(", ");
    const kind = declaration.importKind === "type" ? "import type" : "import";
    const from = declaration.source as Node;
    text.overwrite(declaration.start, from.start, `${kind} ${names} from `);
  }
}

/** The end of the line on which a statement ends, its break included. */
export function lineEnd(source: string, end: number): number {
  const rest = /^[ \t]*;?[ \t]*\r?\n/.exec(source.slice(end));
  return end + (rest?.[0].length ?? 0);
}
