/** Parts of what is marked, by syntax. Each throws a TypeError when there is no such part. */

import { firstNode, type Node } from "./marked.js";

/** A part of a node. */
export type Part = (node: Node) => Node;

/** All that is marked. */
export const whole: Part = (node) => node;

/** The first node of this type in it. */
const first =
  (type: string, isWanted: (node: Node) => boolean = () => true): Part =>
  (node) =>
    found(
      firstNode(node, (one) => one.type === type && isWanted(one)),
      type,
    );

/** A field of a node. */
const field =
  (name: string, of: Part): Part =>
  (node) => {
    const parent = of(node);
    return found(parent[name] as Node | undefined, `${parent.type}.${name}`);
  };

/** What an `if` asks. */
export const condition = field("test", first("IfStatement"));

/** The first `a ? b : c`, and what it answers. */
export const conditional = first("ConditionalExpression");
export const consequent = field("consequent", conditional);
export const alternate = field("alternate", conditional);

/** The first `a ?? b`. */
export const nullish = first("LogicalExpression", ({ operator }) => operator === "??");

/** The first sum. */
export const sum = first("BinaryExpression", ({ operator }) => operator === "+");

/** The first `[…]`, and the first `{…}`. */
export const array = first("ArrayExpression");
export const object = first("ObjectExpression");

/** The first call, or the first call of a method of this name. */
export const call = (method?: string): Part =>
  first("CallExpression", ({ callee }) => method === undefined || nameOf((callee as Node).property) === method);

/** The first argument of the first call. */
export const argument: Part = (node) => found(callOf(call()(node)).args[0], "argument");

/** The first comparison with this text. */
export const comparison = (value: string): Part =>
  first("BinaryExpression", (node) => [sides(node).left, sides(node).right].some((side) => side.value === value));

/** The first text that says this. */
export const literal = (value: string): Part => first("Literal", (node) => node.value === value);

/** What a statement returns, declares or assigns, or what a member or a property is. */
export const value: Part = (node) => {
  switch (node.type) {
    case "ReturnStatement":
      return node.argument as Node;
    case "VariableDeclaration":
      return (node.declarations as Node[])[0]?.init as Node;
    case "ExportNamedDeclaration":
      return value(node.declaration as Node);
    case "ExpressionStatement":
      return field("right", first("AssignmentExpression"))(node);
    default:
      return found(node.value as Node | undefined, `${node.type}.value`);
  }
};

/** The two sides of an operator. */
export const sides = (node: Node): { readonly left: Node; readonly right: Node } => ({
  left: found(node.left as Node | undefined, `${node.type}.left`),
  right: found(node.right as Node | undefined, `${node.type}.right`),
});

/** The leftmost operand of a sum. */
export function leftmost(node: Node): Node {
  return node.type === "BinaryExpression" ? leftmost(sides(node).left) : node;
}

/** A call's arguments, and the object whose method is called. */
export const callOf = (node: Node): { readonly receiver: Node; readonly args: readonly Node[] } => ({
  receiver: (node.callee as Node).object as Node,
  args: node.arguments as Node[],
});

/** The elements of an array, or the properties of an object. */
export const itemsOf = (node: Node): readonly Node[] => (node.elements ?? node.properties) as Node[];

export function nameOf(node: unknown): string | undefined {
  return (node as Node | undefined)?.name as string | undefined;
}

function found(node: Node | undefined | null, what: string): Node {
  if (node) return node;
  throw new TypeError(`What is marked has no ${what}.`);
}
