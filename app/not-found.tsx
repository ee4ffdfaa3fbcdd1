import Link from "next/link";
import { SiteHeader } from "./_components/site-header";

export default function NotFound() {
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
