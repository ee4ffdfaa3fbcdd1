/** The ids that a title starts with: `[A2] [A3] …` gives A2 and A3. */
export function idsOf(title: string): string[] {
  const start = /^(?:\[[A-Z]\d+\] ?)+/.exec(title)?.[0] ?? "";
  return [...start.matchAll(/\[([A-Z]\d+)\]/g)].map(([, id]) => id as string);
}
