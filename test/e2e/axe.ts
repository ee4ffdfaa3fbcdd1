/** Accessibility by axe-core: every rule of WCAG 2.2 A and AA, and its best practices. */

import axe from "axe-core";

/** What is wrong with a page, one line each: the rule, where, and what to do. Empty when axe finds nothing. */
export async function problemsOf(page: { evaluate(script: string): Promise<unknown> }): Promise<string[]> {
  // Evaluated by the browser's driver, which no Content-Security-Policy stops.
  const found = await page.evaluate(`(() => { ${axe.source}; return axe.run(document); })()`);
  return (found as axe.AxeResults).violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id} at ${target.join(" ")}: ${help}. ${failureSummary}`),
  );
}
