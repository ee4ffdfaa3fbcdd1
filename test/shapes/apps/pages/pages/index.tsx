import type { GetServerSideProps } from "next";
import { getSession } from "../session";

export const getServerSideProps = (async ({ req, res }) => {
  const session = await getSession(req, res);
  return { props: { count: await session.get("count", 0) } };
}) satisfies GetServerSideProps;

export default function Home({ count }: { count: number }) {
  return <p id="count">{count}</p>;
}
