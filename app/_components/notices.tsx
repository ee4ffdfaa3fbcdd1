import { getSession } from "../_session/server";

/** What the last action had to say, shown once. */
export async function Notices() {
  const session = await getSession();
  const messages = await session.flashes();
  if (messages.length === 0) return null;
  return (
    <div className="notices" role="status">
      {messages.map(({ id, key, message }) => (
        <p key={id} className={`notice ${key}`}>
          {message}
        </p>
      ))}
    </div>
  );
}
