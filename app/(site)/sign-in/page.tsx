import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { safeReturnTo } from "../../_auth/return-to";
import { Notices } from "../../_components/notices";
import { getSession } from "../../_session/server";

export const metadata: Metadata = { title: "Sign in" };

const PROBLEMS: Readonly<Record<string, string>> = {
  expired: "That took longer than ten minutes, or was begun in another browser. Please start again.",
  refused: "The sign-in was not completed. You can try again.",
  unavailable: "You could not be signed in, because a store does not answer. Please try again in a moment.",
  unreachable: "The identity provider does not answer. Please try again in a moment.",
};

interface Query {
  readonly returnTo?: string | string[];
  readonly problem?: string | string[];
}

/** One button and what it is for. Signing in begins with a POST, so that nothing can begin it by a mere link. */
export default async function SignInPage({ searchParams }: { searchParams: Promise<Query> }) {
  const query = await searchParams;
  const returnTo = safeReturnTo(query.returnTo);
  const problem = typeof query.problem === "string" ? PROBLEMS[query.problem] : undefined;
  const session = await getSession();
  if (session.userId !== undefined && returnTo === "/") redirect("/");
  // A link and no redirect: a cookie that another site of the domain set for that page alone would send people back here.
  if (session.userId !== undefined) return <SignedIn returnTo={returnTo} />;
  return (
    <>
      <Notices />
      <section className="card narrow" aria-labelledby="sign-in">
        <h1 id="sign-in">Sign in</h1>
        {problem && (
          <p className="notice problem" role="alert">
            {problem}
          </p>
        )}
        <p>
          {returnTo === "/" ? "" : "That page is for people who are signed in. "}What is in your notebook comes with
          you.
        </p>
        <form action="/auth/sign-in" method="post" className="stack">
          <input type="hidden" name="returnTo" value={returnTo} />
          <label className="check">
            <input type="checkbox" name="remember" value="yes" defaultChecked />
            Stay signed in when the browser closes
          </label>
          <button type="submit" className="button main wide">
            Continue to the identity provider
          </button>
        </form>
      </section>
    </>
  );
}

function SignedIn({ returnTo }: { returnTo: string }) {
  return (
    <section className="card narrow" aria-labelledby="signed-in">
      <h1 id="signed-in">You are signed in</h1>
      <p>If that page sends you back here, delete the cookies of this site and sign in again.</p>
      <p>
        <a className="button main wide" href={returnTo}>
          Continue
        </a>
      </p>
    </section>
  );
}
