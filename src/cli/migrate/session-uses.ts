/** What a function does with its iron-session, and whether it can do the same with a session of Spillway's. */

import type MagicString from "magic-string";
import { lineEnd } from "./imports.js";
import { functionAround, isA, isReference, type Node, nameOf, type Placed, walk } from "./syntax.js";

/** Why a use stays as it is. */
export interface Obstacle {
  readonly line: number;
  readonly why: string;
}

/** What changes the object that it is called on. */
const MUTATORS =
  /^(push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin|set|add|delete|clear|assign|setTime|set[A-Z]\w*)$/;

const MEMBERS = ["MemberExpression", "OptionalMemberExpression"] as const;

/** One use, rewritten when all others can be as well. */
type Edit = (text: MagicString) => void;

/** A function that only reads its session. */
interface Reads {
  readonly keys: ReadonlySet<string>;
  readonly members: readonly { readonly key: string; readonly member: Node }[];
}

/**
 * The keys that a function reads, where it does nothing else with its session: read once each into variables, what the
 * compiler and inner functions know of them stays. Undefined when it does more, or a key's name is taken.
 */
function readsOnly(scope: Node, opened: Node, name: string): Reads | undefined {
  const members: { key: string; member: Node }[] = [];
  const taken = new Set<string>();
  for (const placed of walk(scope)) {
    const found = nameOf(placed.node);
    if (found === undefined || placed.node === opened.id || !isReference(placed)) continue;
    if (found !== name) {
      taken.add(found);
      continue;
    }
    const [member, parent] = placed.parents;
    const key = isA(member, ...MEMBERS) && member.object === placed.node && !member.computed && nameOf(member.property);
    const isCalled = isA(parent, "CallExpression", "OptionalCallExpression") && parent.callee === member;
    if (!key || !member || isCalled || isChanged(placed.parents)) return undefined;
    members.push({ key, member });
  }
  const keys = new Set(members.map(({ key }) => key));
  return [...keys].some((key) => taken.has(key) || RESERVED.test(key)) ? undefined : { keys, members };
}

/** What no variable can be called. */
const RESERVED =
  /^(default|new|class|function|return|delete|this|null|true|false|in|if|for|import|export|var|let|const|await)$/;

/** Whether a member, or what lies in it, is changed. */
function isChanged(parents: readonly Node[]): boolean {
  const [member, parent] = parents;
  if (isA(parent, "AssignmentExpression") && parent.left === member) return true;
  if (isA(parent, "UpdateExpression")) return true;
  if (isA(parent, "UnaryExpression") && parent.operator === "delete") return true;
  return changesInside(parents);
}

/**
 * Looks at all uses of a session within the function that opens it.
 * @param name what the function calls it.
 * @returns the edits, or what stands in their way.
 */
export function usesWithin(scope: Node, opened: Node, name: string, source: string): Edit[] | Obstacle {
  const reads = readsOnly(scope, opened, name);
  if (reads && reads.keys.size > 0) return [readOnce(reads, opened, name, source)];
  const edits: Edit[] = [];
  let [changes, saves] = [0, 0];
  for (const placed of walk(scope)) {
    if (nameOf(placed.node) !== name || placed.node === opened.id || !isReference(placed)) continue;
    const use = classify(placed, scope, source);
    if ("why" in use) return { line: placed.node.loc.start.line, why: use.why };
    if (use.kind === "change") changes += 1;
    if (use.kind === "save") saves += 1;
    edits.push(use.edit);
  }
  const { line } = opened.loc.start;
  if (changes > 0 && saves === 0) return { line, why: "it is changed here and not saved" };
  if (saves > 0 && changes === 0) return { line, why: "it is saved here, and where it is changed cannot be seen" };
  return edits;
}

/** Reads each key once, behind the line that opens the session. */
function readOnce({ keys, members }: Reads, opened: Node, name: string, source: string): Edit {
  const end = lineEnd(source, opened.end);
  const indent = /^[ \t]*/.exec(source.slice(source.lastIndexOf("\n", opened.start) + 1))?.[0] ?? "";
  const lines = [...keys].map((key) => `${indent}const ${key} = await ${name}.get(${JSON.stringify(key)});\n`);
  return (text) => {
    for (const { key, member } of members) text.overwrite(member.start, member.end, key);
    text.appendLeft(end, lines.join(""));
  };
}

type Use = { readonly kind: "read" | "change" | "save" | "end"; readonly edit: Edit } | { readonly why: string };

function classify({ node, parents }: Placed, scope: Node, source: string): Use {
  const [member, parent, around] = parents;
  if (!isA(member, ...MEMBERS) || member.object !== node) return { why: "it is handed on as a whole" };
  const key = member.computed ? undefined : nameOf(member.property);
  if (key === undefined) return { why: "a key is computed" };
  if (isA(parent, "CallExpression", "OptionalCallExpression") && parent.callee === member) {
    return callOf(key, parents, source);
  }
  const name = source.slice(node.start, node.end);
  const isStatement = isA(around, "ExpressionStatement");
  const isHere = functionAround(parents) === scope;
  if (isA(parent, "AssignmentExpression") && parent.left === member) {
    if (parent.operator !== "=" || !isStatement) return { why: `\`${key}\` is changed by more than an assignment` };
    if (!isHere) return { why: `\`${key}\` is assigned in another function` };
    const right = parent.right as Node;
    return {
      kind: "change",
      edit(text) {
        text.overwrite(parent.start, right.start, `await ${name}.set(${JSON.stringify(key)}, `);
        text.appendLeft(right.end, ")");
      },
    };
  }
  if (isA(parent, "UpdateExpression")) return { why: `\`${key}\` is changed by more than an assignment` };
  if (isA(parent, "UnaryExpression") && parent.operator === "delete") {
    if (!isStatement || !isHere) return { why: `\`${key}\` is deleted within an expression` };
    return {
      kind: "change",
      edit: (text) => void text.overwrite(parent.start, parent.end, `await ${name}.delete(${JSON.stringify(key)})`),
    };
  }
  if (changesInside(parents)) return { why: `\`${key}\` is changed in place` };
  if (!isHere) return { why: `\`${key}\` is read in another function` };
  const read = `await ${name}.get(${JSON.stringify(key)})`;
  const isTight =
    (isA(parent, ...MEMBERS) && parent.object === member) ||
    isA(parent, "TSNonNullExpression", "TaggedTemplateExpression", "TSAsExpression") ||
    (isA(parent, "ObjectProperty") && parent.shorthand === true);
  return {
    kind: "read",
    edit: (text) => void text.overwrite(member.start, member.end, isTight ? `(${read})` : read),
  };
}

function callOf(key: string, [, call, around, outer]: readonly Node[], source: string): Use {
  const isAwaited = isA(around, "AwaitExpression", "UnaryExpression");
  const statement = isAwaited ? outer : around;
  if (!isA(statement, "ExpressionStatement")) return { why: `${key}() is part of an expression` };
  if (key === "save") {
    return {
      kind: "save",
      edit(text) {
        const before = /[ \t]*$/.exec(source.slice(0, statement.start))?.[0].length ?? 0;
        text.remove(statement.start - before, lineEnd(source, statement.end));
      },
    };
  }
  if (key !== "destroy") return { why: `${key}() has no counterpart` };
  const text_ = source.slice((call as Node).start, (call as Node).end);
  return {
    kind: "end",
    edit: (text) => void text.overwrite(statement.start, statement.end, `await ${text_};`),
  };
}

/** Whether a value of the session is changed where it lies: `session.user.name = …`, `session.cart.push(…)`. */
function changesInside(parents: readonly Node[]): boolean {
  let at = 0;
  while (isA(parents[at + 1], ...MEMBERS, "TSNonNullExpression", "ParenthesizedExpression")) at += 1;
  const [inner, outer] = [parents[at], parents[at + 1]];
  if (isA(outer, "AssignmentExpression") && outer.left === inner) return true;
  if (isA(outer, "UpdateExpression")) return true;
  if (isA(outer, "UnaryExpression") && outer.operator === "delete") return true;
  const isCall = isA(outer, "CallExpression", "OptionalCallExpression") && outer.callee === inner;
  return isCall && MUTATORS.test(nameOf((inner as Node).property) ?? "");
}
