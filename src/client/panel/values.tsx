/** The values: keys and sizes, and the values themselves only on request. */

import type { ReactNode } from "react";
import { formatBytes } from "./format.js";
import type { SessionSnapshot, ValueSnapshot } from "./snapshot.js";

export function Values(props: { session: SessionSnapshot; shown: boolean; onShow: () => void }): ReactNode {
  const { session, shown, onShow } = props;
  const most = Math.max(...session.values.map(({ bytes }) => bytes), 1);
  return (
    <section aria-labelledby="values">
      <div className="heading">
        <h3 id="values">Values</h3>
        {session.values.length > 0 && (
          <button type="button" className="plain" aria-pressed={shown} onClick={onShow}>
            {shown ? "Hide values" : "Show values"}
          </button>
        )}
      </div>
      {session.values.length === 0 ? (
        <p className="quiet">None.</p>
      ) : (
        <ul className="values">
          {session.values.map((value) => (
            <Value key={value.key} value={value} most={most} />
          ))}
        </ul>
      )}
    </section>
  );
}

function Value({ value, most }: { value: ValueSnapshot; most: number }): ReactNode {
  const { key, type, bytes, quick, text } = value;
  return (
    <li>
      <code className="key">{key}</code>
      <span className="type">
        {type}
        {quick && <span className="tag">quick</span>}
      </span>
      <span className="bytes">{formatBytes(bytes)}</span>
      <span className="weight" aria-hidden="true">
        <span style={{ width: `${(100 * bytes) / most}%` }} />
      </span>
      {text !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls has to be reached by keyboard.
        <section className="value" tabIndex={0} aria-label={`The value of ${key}`}>
          <pre>{text}</pre>
        </section>
      )}
    </li>
  );
}
