/** A panel that shows the session in `next dev`. Of all that it is made of, a production build holds nothing. */

import { createElement, type ReactNode } from "react";

/** The properties of {@link SessionPanel}. */
export interface SessionPanelProps {
  /** Where its route answers. Default `"/api/spillway"`. */
  route?: string;
}

/**
 * The panel, for the root layout. In `next dev` it shows a button; elsewhere nothing.
 *
 * @example
 * ```tsx
 * // app/layout.tsx
 * import { SessionPanel } from "spillway/next/devtools";
 * export default function RootLayout({ children }: { children: React.ReactNode }) {
 *   return <html lang="en"><body>{children}<SessionPanel /></body></html>;
 * }
 * ```
 */
export async function SessionPanel(props: SessionPanelProps): Promise<ReactNode> {
  if (process.env.NODE_ENV === "development") {
    const { Panel } = await import("#panel");
    return createElement(Panel, props);
  }
  return null;
}

/**
 * The route that the panel asks. Refuses outside of development, and requests that no page of this application makes.
 *
 * @example
 * ```ts
 * // app/api/spillway/route.ts
 * export { POST } from "spillway/next/devtools";
 * ```
 */
export async function POST(request: Request): Promise<Response> {
  if (process.env.NODE_ENV === "development") {
    const { answer } = await import("./answer.js");
    return answer(request);
  }
  return new Response("There is no panel outside of `next dev`.", { status: 404 });
}

if (process.env.NODE_ENV === "development") {
  // From the first request on, and not only once the panel asks.
  void import("./recorder.js").then(({ recorder }) => recorder());
}
