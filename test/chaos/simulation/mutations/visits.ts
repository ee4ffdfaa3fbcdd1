/** Rules of what does not last: visits and idling, limits that go by them, quick values, messages, what a sign-out keeps. */

import { change, type Mutation, mutation } from "./mutation.js";
import { alternate, condition, nullish, sides, value, whole } from "./parts.js";

/** Who has idled out, and who makes way for a login. */
export const VISITS: readonly Mutation[] = [
  mutation("whoever was away for longer than `idleTimeout` is let in no longer", change(condition, "false")),
  mutation("whoever comes extends the idle deadline", change(condition, "true")),
  mutation("the row of a user's session knows of visits", change(value, "false")),
  mutation("what has idled out makes way first", change(value, "1")),
  mutation("of what is live, that makes way which was used least recently", change(value, "0")),
  mutation("what has idled out leaves room for a login", change(value, "[]")),
  mutation(
    "logins are in order, whatever the clocks say",
    change(nullish, (moment, text) => text(sides(moment).right)),
  ),
];

/** What is kept beside the values of a session, or outlives it. */
export const FLEETING: readonly Mutation[] = [
  mutation("a sign-out keeps what it was asked to keep, and nothing else", change(value, "[...read.value]")),
  mutation("a visitor's session that came beside a user's takes its place", change(whole, ";")),
  mutation("a user's message is shown to no one else", change(alternate, "messages")),
  mutation("a quick value is read over the durable ones", change(condition, "true")),
];
