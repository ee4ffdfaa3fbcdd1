/** The button: where the session is and how full it is, at a glance. */

import type { ReactNode, Ref } from "react";
import { formatBytes, formatCount, nameOf } from "./format.js";
import type { Answer } from "./use-snapshot.js";

export function Pill(props: { answer: Answer; onOpen: () => void; button: Ref<HTMLButtonElement> }): ReactNode {
  const { answer, onOpen, button } = props;
  const [application] = answer.snapshot?.applications ?? [];
  const session = application?.session;
  const warnings = (application?.warnings.length ?? 0) + (answer.problem ? 1 : 0);
  const share = session && application?.threshold ? Math.min(session.weight / application.threshold, 1) : 0;
  const told = [
    "Session",
    nameOf(session),
    ...(session ? [formatBytes(session.weight)] : []),
    ...(warnings > 0 ? [formatCount(warnings, "warning")] : []),
  ];
  return (
    <button
      ref={button}
      type="button"
      className="pill"
      data-placement={session?.placement ?? "none"}
      aria-label={told.join(", ")}
      aria-expanded={false}
      aria-haspopup="dialog"
      onClick={onOpen}
    >
      <Mark share={share} />
      <span className="pill-text" aria-hidden="true">
        <b>{formatBytes(session?.weight ?? 0)}</b>
        <span>{nameOf(session)}</span>
      </span>
      {warnings > 0 && (
        <span className="count" aria-hidden="true">
          {warnings}
        </span>
      )}
    </button>
  );
}

/** A basin with a wall, filled as the session is; above the wall it runs over. */
export function Mark({ share }: { share: number }): ReactNode {
  const level = 25 - 15 * share;
  return (
    <svg className="mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <path className="mark-water" d={`M3 ${level}c3-1.600 5-1.600 8 0s4 1.200 7 .2V27H3z`} />
      <path className="mark-fall" d="M20 10.500c7 .5 4.500 13 9 14.500V27h-9z" />
      <path className="mark-wall" d="M17.500 9h3v18h-3zM2 26h28v2H2z" />
    </svg>
  );
}
