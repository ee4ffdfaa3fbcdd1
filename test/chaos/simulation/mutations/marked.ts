/**
 * Places of the sources that a comment marks: `// rule: an update compares the version`, or with the name of one of
 * several places in parentheses. A marker stands for the syntax behind it, whatever that is called and wherever it moves:
 * the outermost node that begins there, a statement, a member, or an operand.
 */

import { parseAst } from "rolldown/parseAst";

/** A node of the syntax tree. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** What stands behind a marker. */
export interface Marked {
  readonly node: Node;
  /** The source text of a node. */
  readonly text: (node: Node) => string;
}

const MARKER = /^[ \t]*\/\/ rule: (.+)$/gm;

/** What is between a marker and the syntax that it stands for: white space and other comments. */
const BETWEEN = /^(?:\s+|\/\/.*|\/\*[\s\S]*?\*\/)*/;

/** The names of all markers in a source. */
export function markersIn(source: string): string[] {
  return [...source.matchAll(MARKER)].map(([, name = ""]) => name);
}

/** What a marker of this name stands for in a source; none when it is not there. */
export function findMarked(source: string, name: string): Marked[] {
  const found = [...source.matchAll(MARKER)].filter((match) => match[1] === name);
  if (found.length === 0) return [];
  const program = parseAst(source, { lang: "ts" }) as unknown as Node;
  return found.map((match) => {
    const end = match.index + match[0].length;
    const start = end + (BETWEEN.exec(source.slice(end))?.[0].length ?? 0);
    const node = firstNode(program, (one) => one.start === start);
    if (!node) throw new TypeError(`Nothing begins behind the marker "${name}".`);
    return { node, text: ({ start, end }) => source.slice(start, end) };
  });
}

/** The first node, from outside in and in the order of the text, of which this is true. */
export function firstNode(node: Node, isWanted: (node: Node) => boolean): Node | undefined {
  if (isWanted(node)) return node;
  for (const child of childrenOf(node)) {
    const found = firstNode(child, isWanted);
    if (found) return found;
  }
  return undefined;
}

function childrenOf(node: Node): Node[] {
  return Object.values(node)
    .flat()
    .filter((value): value is Node => typeof value === "object" && value !== null && "type" in value)
    .sort((a, b) => a.start - b.start);
}
