/** Sessions for the tests of an application: one to hand to a function, a cookie to send to a server, and time to travel. */

export { type SealSessionOptions, sealSession } from "./seal-session.js";
export { createTestSession, type TestSessionOptions } from "./test-session.js";
export { returnToPresent, travel } from "./travel.js";
