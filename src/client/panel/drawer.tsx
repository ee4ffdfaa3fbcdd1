/** The drawer: all that is known of the session, from the picture down to the cookies. */

import { type ReactNode, useEffect, useRef } from "react";
import { CookieSection } from "./cookie-section.js";
import { Facts } from "./facts.js";
import { nameOf } from "./format.js";
import { Gauge } from "./gauge.js";
import { Mark } from "./pill.js";
import { Requests } from "./requests.js";
import type { ApplicationSnapshot, Warning } from "./snapshot.js";
import type { Answer } from "./use-snapshot.js";
import { Values } from "./values.js";

interface DrawerProps {
  readonly answer: Answer;
  readonly route: string;
  readonly showsValues: boolean;
  readonly onShowValues: () => void;
  readonly onClose: () => void;
}

export function Drawer({ answer, route, showsValues, onShowValues, onClose }: DrawerProps): ReactNode {
  const { snapshot, ahead, problem, refresh } = answer;
  const drawer = useRef<HTMLElement>(null);
  useEffect(() => drawer.current?.focus(), []);
  const applications = snapshot?.applications ?? [];
  const [first] = applications;
  return (
    <section
      ref={drawer}
      className="drawer"
      role="dialog"
      aria-labelledby="title"
      tabIndex={-1}
      onKeyDown={({ key }) => key === "Escape" && onClose()}
    >
      <div className="header" data-placement={first?.session?.placement ?? "none"}>
        <Mark share={first?.session ? Math.min(first.session.weight / Math.max(first.threshold, 1), 1) : 0} />
        <h2 id="title">Session</h2>
        <span className="badge">{nameOf(first?.session)}</span>
        <button type="button" className="icon" onClick={refresh} aria-label="Ask again">
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M13.500 8a5.500 5.500 0 1 1-1.700-4M13.500 1.500V4.500H10.500" />
          </svg>
        </button>
        <button type="button" className="icon" onClick={onClose} aria-label="Close the panel">
          <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path d="M3.500 3.500l9 9M12.500 3.500l-9 9" />
          </svg>
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard. */}
      <section className="body" tabIndex={0} aria-label="The session, from its picture to its cookies">
        {problem !== undefined && <Problem problem={problem} route={route} />}
        {applications.map((application) => (
          <Application
            key={application.name}
            application={application}
            isOne={applications.length === 1}
            ahead={ahead}
            showsValues={showsValues}
            onShowValues={onShowValues}
          />
        ))}
        {snapshot && applications.length === 0 && (
          <p className="quiet">
            No page of this application has made its sessions yet: createSessions() was not called.
          </p>
        )}
        {snapshot && <Requests requests={snapshot.requests} />}
        {applications.map(({ name, cookie }) => (
          <CookieSection key={name} cookie={cookie} />
        ))}
      </section>
    </section>
  );
}

function Application(props: {
  application: ApplicationSnapshot;
  isOne: boolean;
  ahead: number;
  showsValues: boolean;
  onShowValues: () => void;
}): ReactNode {
  const { application, isOne, ahead, showsValues, onShowValues } = props;
  const { session, warnings, name } = application;
  return (
    <>
      {!isOne && <h3 className="application">{name}</h3>}
      <Gauge application={application} />
      {warnings.length > 0 && <Warnings warnings={warnings} />}
      {session && <Facts session={session} ahead={ahead} />}
      {session && <Values session={session} shown={showsValues} onShow={onShowValues} />}
    </>
  );
}

function Warnings({ warnings }: { warnings: readonly Warning[] }): ReactNode {
  return (
    <ul className="warnings" aria-label="Warnings">
      {warnings.map(({ title, text }) => (
        <li key={title}>
          <b>{title}</b>
          {text && <span>{text}</span>}
        </li>
      ))}
    </ul>
  );
}

function Problem({ problem, route }: { problem: string; route: string }): ReactNode {
  if (problem !== "no-route") return <p className="warnings">{problem}</p>;
  return (
    <div className="warnings">
      <b>The panel has no route yet</b>
      <span>
        It asks <code>{route}</code>. Write this into <code>app{route}/route.ts</code>:
      </span>
      <pre>export {"{ POST }"} from &quot;spillway/next/devtools&quot;;</pre>
    </div>
  );
}
