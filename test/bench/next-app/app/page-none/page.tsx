/** Reads no cookie, and is rendered for each request as the others are. */
export const dynamic = "force-dynamic";

export default function Page() {
  return <p>0 lines</p>;
}
