/** Source text as a tree, and back: what is not changed stays as it was, to the last blank. */

import { parse } from "@babel/parser";

/** A node of the tree, as far as a migration looks at it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly loc: { readonly start: { readonly line: number } };
  readonly [property: string]: unknown;
}

/** A node, and what stands around it, from the inside out. */
export interface Placed {
  readonly node: Node;
  readonly parents: readonly Node[];
}

/** The tree of a module; undefined when it is no module that can be read. */
export function parseModule(path: string, text: string): Node | undefined {
  try {
    const plugins = /\.[mc]?ts$/.test(path) ? (["typescript"] as const) : (["typescript", "jsx"] as const);
    return parse(text, { sourceType: "module", plugins: [...plugins], errorRecovery: false })
      .program as unknown as Node;
  } catch {
    return undefined;
  }
}

/** All nodes below one, itself first, each with what stands around it. */
export function* walk(node: Node, parents: readonly Node[] = []): Generator<Placed> {
  yield { node, parents };
  const around = [node, ...parents];
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) if (isNode(child)) yield* walk(child, around);
  }
}

/** Whether a value is a node of that type. */
export function isA<Type extends string>(
  value: unknown,
  ...types: readonly Type[]
): value is Node & { readonly type: Type } {
  return isNode(value) && (types as readonly string[]).includes(value.type);
}

/** The name of an identifier. */
export function nameOf(value: unknown): string | undefined {
  return isA(value, "Identifier", "JSXIdentifier") ? (value.name as string) : undefined;
}

const FUNCTIONS = [
  "FunctionDeclaration",
  "FunctionExpression",
  "ArrowFunctionExpression",
  "ObjectMethod",
  "ClassMethod",
] as const;

/** The function in which a node stands; undefined at the top of a module. */
export function functionAround(parents: readonly Node[]): Node | undefined {
  return parents.find((one) => isA(one, ...FUNCTIONS));
}

/** Whether an identifier is a reference, and not the name of a property, a label or an import's. */
export function isReference({ node, parents: [parent] }: Placed): boolean {
  if (!isA(node, "Identifier", "JSXIdentifier") || !parent) return false;
  if (isA(parent, "MemberExpression", "OptionalMemberExpression")) return parent.object === node || !!parent.computed;
  if (isA(parent, "ObjectProperty", "ObjectMethod", "ClassMethod", "ClassProperty", "TSPropertySignature"))
    return parent.value === node || !!parent.computed;
  if (isA(parent, "ImportSpecifier", "ImportDefaultSpecifier", "ImportNamespaceSpecifier")) return false;
  return !isA(parent, "JSXAttribute", "LabeledStatement", "TSQualifiedName") || parent.left === node;
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { type?: unknown }).type === "string" &&
    "start" in value
  );
}
