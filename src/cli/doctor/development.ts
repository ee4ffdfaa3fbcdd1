/** Whether a site is `next dev`, whose cookies have other names and attributes than those of what is built. */

/** What `next dev` answers, with either bundler, and no build does. */
const PATH = "/_next/static/development/_devPagesManifest.json";

/** A site that says nothing for so long (milliseconds) is looked at as one that is built. */
const TIMEOUT = 5_000;

/** Asks a site whether it is `next dev`. */
export async function isNextDev(url: URL): Promise<boolean> {
  try {
    const answer = await fetch(new URL(PATH, url), { redirect: "manual", signal: AbortSignal.timeout(TIMEOUT) });
    const manifest = (await answer.json()) as { pages?: unknown } | null;
    return answer.ok && Array.isArray(manifest?.pages);
  } catch {
    return false;
  }
}
