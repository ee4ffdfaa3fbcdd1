import Link from "next/link";
import { connection } from "next/server";
import { SiteHeader } from "./_components/site-header";

/** Rendered for each request, so that its scripts carry the nonce of the response. */
export default async function NotFound() {
  await connection();
  return (
    <>
      <SiteHeader />
      <main id="content" className="prose">
        <h1>There is no such page</h1>
        <p>
          <Link href="/">Go to your session</Link>
        </p>
      </main>
    </>
  );
}
