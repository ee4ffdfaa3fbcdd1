/** One module that uses iron-session, moved over. */

import MagicString from "magic-string";
import { type Imported, importsOf, lineEnd, removeImports, usesOf } from "./imports.js";
import { type Obstacle, usesWithin } from "./session-uses.js";
import { functionAround, isA, isReference, type Node, nameOf, parseModule, walk } from "./syntax.js";

/** What a module becomes. */
export interface Migrated {
  readonly text: string;
  /** What its sessions are opened with, where it now calls `getSession`; undefined where it keeps iron-session's interface. */
  readonly options: Opening | undefined;
  /** What keeps it on iron-session's interface. */
  readonly obstacles: readonly Obstacle[];
}

/** The options and the type of data that a session was opened with: names of imports. */
export interface Opening {
  readonly options: Imported;
  readonly data: Imported | undefined;
}

const PACKAGE = "iron-session";
const COMPAT = "spillway/compat/iron-session";

/**
 * Moves a module over. Its sessions become Spillway's own where each use of them can be rewritten; otherwise it keeps iron-session's
 * interface, over Spillway.
 * @param getSession where `getSession` is imported from; undefined: sessions keep iron-session's interface everywhere.
 * @returns undefined when the module does not use iron-session, or cannot be read.
 */
export function migrateModule(path: string, source: string, getSession: string | undefined): Migrated | undefined {
  if (!source.includes(PACKAGE)) return undefined;
  const program = parseModule(path, source);
  const imported = program && importsOf(program).filter(({ from }) => from === PACKAGE);
  if (!program || !imported || imported.length === 0) return undefined;
  const opener = imported.find(({ name }) => name === "getIronSession")?.local;
  const found = opener === undefined ? [] : openings(program, opener);
  const text = new MagicString(source);
  const plan = getSession === undefined || opener === undefined ? undefined : planOf(program, source, opener, found);
  const obstacles = plan && "obstacles" in plan ? plan.obstacles : [];
  if (plan && "edits" in plan) {
    for (const edit of plan.edits) edit(text);
    addImport(text, program, getSession as string, usesOf(program, "getSession") > 0);
  }
  for (const { declaration } of imported) {
    const from = declaration.source as Node;
    text.overwrite(from.start, from.end, quoteLike(source, from, COMPAT));
  }
  const options = plan && "edits" in plan ? plan.opening : undefined;
  return { text: options ? tidy(path, text.toString(), program) : text.toString(), options, obstacles };
}

interface Opened {
  readonly declarator: Node;
  readonly call: Node;
  readonly scope: Node;
}

/** `const session = await getIronSession(…)`, each with the function around it; undefined for a call of any other kind. */
function openings(program: Node, opener: string): (Opened | Node)[] {
  return [...walk(program)].flatMap((placed): (Opened | Node)[] => {
    if (nameOf(placed.node) !== opener || !isReference(placed)) return [];
    const [call, awaiting, declarator] = placed.parents;
    const scope = functionAround(placed.parents);
    const isOpening =
      isA(call, "CallExpression") &&
      isA(awaiting, "AwaitExpression") &&
      isA(declarator, "VariableDeclarator") &&
      isA(declarator.id, "Identifier");
    return isOpening && scope ? [{ declarator, call, scope }] : [placed.node];
  });
}

type Plan =
  | { readonly edits: readonly ((text: MagicString) => void)[]; readonly opening: Opening }
  | { readonly obstacles: readonly Obstacle[] };

function planOf(program: Node, source: string, opener: string, found: readonly (Opened | Node)[]): Plan {
  const edits: ((text: MagicString) => void)[] = [];
  const obstacles: Obstacle[] = [];
  const sources = new Map<string, Opening>();
  for (const one of found) {
    if (!isOpened(one)) {
      obstacles.push({ line: one.loc.start.line, why: `${opener}() is not opened into a variable of a function` });
      continue;
    }
    const opening = openingOf(program, one.call);
    const uses =
      "why" in opening ? opening : usesWithin(one.scope, one.declarator, nameOf(one.declarator.id) ?? "", source);
    if ("why" in uses) {
      obstacles.push(uses);
      continue;
    }
    const { options, data } = opening as Opening;
    sources.set([options.from, options.name, data?.name].join(" "), opening as Opening);
    const name = usesOf(program, "getSession") > 0 ? ALIAS : "getSession";
    edits.push(...uses, (text) => void text.overwrite(one.call.start, one.call.end, `${name}()`));
  }
  const [opening, other] = [...sources.values()];
  if (other) obstacles.push({ line: 1, why: "it opens sessions with several options" });
  if (!opening && obstacles.length === 0) return { obstacles: [] };
  return opening && obstacles.length === 0 ? { edits, opening } : { obstacles };
}

function isOpened(one: Opened | Node): one is Opened {
  return "declarator" in one && "scope" in one;
}

/** The options and the type of an opening, when both are imported and the cookies are those of the App Router. */
function openingOf(program: Node, call: Node): Opening | Obstacle {
  const { line } = call.loc.start;
  const [cookies, options, third] = call.arguments as Node[];
  if (third || !isCookies(program, cookies)) return { line, why: "its cookies are not those of `await cookies()`" };
  const imports = importsOf(program);
  const imported = imports.find(({ local }) => local === nameOf(options));
  if (!imported) return { line, why: "its options are not imported: export them from a module" };
  const [type, ...more] = ((call.typeParameters as Node | undefined)?.params as Node[] | undefined) ?? [];
  const data = type && imports.find(({ local }) => isA(type, "TSTypeReference") && local === nameOf(type.typeName));
  if (more.length > 0 || (type && !data)) return { line, why: "its type is not imported: export it from a module" };
  return { options: imported, data };
}

/** `await cookies()`, or a variable that holds it. */
function isCookies(program: Node, value: Node | undefined): boolean {
  if (isA(value, "Identifier")) {
    return [...walk(program)].some(
      ({ node }) =>
        isA(node, "VariableDeclarator") && nameOf(node.id) === nameOf(value) && isCookies(program, node.init as Node),
    );
  }
  const call = isA(value, "AwaitExpression") ? (value.argument as Node) : value;
  return isA(call, "CallExpression") && nameOf(call.callee) === "cookies";
}

/** What `getSession` is called where the module has one of its own. */
const ALIAS = "getSpillwaySession";

function addImport(text: MagicString, program: Node, from: string, isTaken: boolean): void {
  const last = (program.body as Node[]).filter((one) => isA(one, "ImportDeclaration")).at(-1);
  const line = `import { ${isTaken ? `getSession as ${ALIAS}` : "getSession"} } from ${JSON.stringify(from)};`;
  text.appendRight(last?.end ?? 0, `\n${line}`);
}

/** Takes out imports, and a variable for the cookies, that were used before and are not now. */
function tidy(path: string, source: string, before: Node): string {
  const withoutStore = removeCookieStore(path, source);
  const program = parseModule(path, withoutStore);
  if (!program) return withoutStore;
  const text = new MagicString(withoutStore);
  const unused = importsOf(program).filter(({ local }) => usesOf(program, local) === 0 && usesOf(before, local) > 0);
  removeImports(text, withoutStore, unused);
  return text.toString();
}

/** `const store = await cookies()` that nothing reads any more. */
function removeCookieStore(path: string, source: string): string {
  const program = parseModule(path, source);
  if (!program) return source;
  const text = new MagicString(source);
  for (const { node } of walk(program)) {
    const [declarator, ...more] = isA(node, "VariableDeclaration") ? (node.declarations as Node[]) : [];
    const name = nameOf(declarator?.id);
    if (!declarator || more.length > 0 || name === undefined) continue;
    // Its own declaration counts as a use.
    if (!isA(declarator.init, "AwaitExpression") || !isCookies(program, declarator.init) || usesOf(program, name) > 1)
      continue;
    const indent = /[ \t]*$/.exec(source.slice(0, node.start))?.[0].length ?? 0;
    text.remove(node.start - indent, lineEnd(source, node.end));
  }
  return text.toString();
}

function quoteLike(source: string, { start }: Node, value: string): string {
  const quote = source[start] === "'" ? "'" : '"';
  return `${quote}${value}${quote}`;
}
