import { FlashMessages } from "spillway/client";
import { getSession } from "../_session/server";

/** What the last action had to say, shown once. The region is there before it says anything, or nobody would hear it. */
export async function Notices() {
  const session = await getSession();
  const messages = await session.flashes();
  return (
    <div className="notices" role="status">
      <FlashMessages messages={messages}>
        {messages.map(({ id, key, message }) => (
          <p key={id} className={`notice ${key}`}>
            {message}
          </p>
        ))}
      </FlashMessages>
    </div>
  );
}
