import type { ReactNode } from "react";
import { PersonMenu } from "../_components/person-menu";
import { SiteHeader } from "../_components/site-header";
import { TabsInStep } from "../_components/tabs-in-step";
import { getSession } from "../_session/server";

/** The pages that know who is looking. */
export default async function SiteLayout({ children }: { children: ReactNode }) {
  const session = await getSession();
  const profile = session.userId === undefined ? undefined : await session.get("profile");
  return (
    <>
      <SiteHeader>
        <PersonMenu profile={profile} />
      </SiteHeader>
      <main id="content">
        <TabsInStep />
        {children}
      </main>
    </>
  );
}
