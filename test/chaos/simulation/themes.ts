/** All themes: rare things meet more often in them than by mere chance. */

import { COMMON, DEFERRING, MINUTE, SECOND, type Theme, times } from "./theme.js";

const everything: Theme = {
  ...COMMON,
  acts: times({
    append: 27,
    "append twice": 4,
    "append scoped": 6,
    script: 4,
    "script scoped": 2,
    tamper: 1,
    read: 12,
    spill: 6,
    shrink: 6,
    pop: 6,
    quick: 2,
    "pop quick": 1,
    flash: 2,
    flashes: 2,
    "login alice": 7,
    "login bob": 3,
    logout: 4,
    prefer: 2,
    "logout keep": 2,
    destroy: 2,
    regenerate: 4,
    slide: 5,
    steal: 4,
    replay: 6,
    "replay logout": 1,
    revoke: 2,
    "revokeUser alice": 3,
    destroyAll: 1,
    cleanup: 3,
  }),
};

const writes: Theme = {
  ...COMMON,
  mishaps: 5,
  acts: times({
    append: 8,
    "append twice": 4,
    "append scoped": 4,
    read: 4,
    spill: 2,
    shrink: 2,
    pop: 3,
    quick: 1,
    slide: 1,
  }),
};

const endings: Theme = {
  ...COMMON,
  acts: times({
    append: 8,
    read: 3,
    "login alice": 5,
    "login bob": 2,
    logout: 2,
    destroy: 1,
    regenerate: 3,
    revoke: 2,
    "revokeUser alice": 3,
    destroyAll: 1,
    steal: 2,
    replay: 6,
    "replay logout": 2,
  }),
};

/** Requests and responses that are overtaken by a login or a logout. */
const lateness: Theme = {
  ...COMMON,
  paces: [20, 200],
  lost: 0.3,
  late: 0.4,
  acts: times({ append: 10, read: 3, slide: 2, "login alice": 3, "login bob": 2, logout: 2, regenerate: 1 }),
};

const placement: Theme = {
  ...COMMON,
  setting: { cookieThreshold: 1200 },
  acts: times({ append: 8, spill: 4, shrink: 6, read: 2, "login alice": 1, quick: 1, logout: 1, slide: 1 }),
  pauses: [61 * SECOND, 75 * SECOND],
  pausing: 0.2,
};

const rotation: Theme = {
  ...COMMON,
  setting: { rotateEvery: 30 * SECOND, skews: [0, 0, 0], cookieThreshold: 0 },
  acts: times({ append: 8, read: 6, "append scoped": 2, "login alice": 1, replay: 2, steal: 1 }),
  pauses: [31 * SECOND, 45 * SECOND, 95 * SECOND],
  pausing: 0.25,
  lost: 0.5,
};

const degraded: Theme = {
  ...COMMON,
  setting: { ...DEFERRING, cacheTrouble: 0.02 },
  acts: times({
    append: 10,
    "append twice": 2,
    read: 6,
    "append scoped": 1,
    cleanup: 3,
    logout: 1,
    regenerate: 1,
    "login alice": 1,
  }),
  pauses: [3 * SECOND, 8 * SECOND],
  pausing: 0.2,
  paces: [10, 20],
  absences: 4,
};

/**
 * Requests of one session meet while the database fades: of two commits that wait in the cache, the later one has reached
 * it after all, alone.
 */
const fading: Theme = {
  ...COMMON,
  setting: { ...DEFERRING, cacheTrouble: 0, lag: 0 },
  acts: times({ append: 10, read: 1, cleanup: 1 }),
  pauses: [20 * SECOND],
  pausing: 0.15,
  blows: 0,
  paces: [500, 2 * SECOND],
  mishaps: 0,
  fadings: 3,
};

/** Cleanups look for what waits in the cache where replicas do not have it yet. */
const behind: Theme = {
  ...COMMON,
  setting: { ...DEFERRING, cacheTrouble: 0, lag: 5 * SECOND },
  acts: times({ append: 8, read: 1, cleanup: 6 }),
  pauses: [2 * SECOND, 8 * SECOND],
  pausing: 0.1,
  blows: 0,
  paces: [200, 2 * SECOND],
  mishaps: 0,
  absences: 5,
};

/** A process sleeps for longer than any copy lives, or a tombstone, while others end sessions. */
const asleep: Theme = {
  ...COMMON,
  setting: { deployment: "db+kv", cookieThreshold: 0, storeTrouble: 0.02, cacheTrouble: 0.02 },
  acts: times({ append: 8, read: 2, "login alice": 2, logout: 2, revoke: 1, destroy: 1, regenerate: 1, replay: 2 }),
  pauses: [2 * SECOND, MINUTE],
  pausing: 0.1,
  blows: 0.15,
  strikes: [1, 2],
  whens: ["after"],
  sleeps: [80 * MINUTE],
  mishaps: 0,
};

/** Sign-ins and their ends, at the same time. */
const meeting: Theme = {
  ...COMMON,
  acts: times({ append: 2, read: 2, "login alice": 8, "revokeUser alice": 5, logout: 1, replay: 1 }),
  pausing: 0.2,
};

/** Sessions end while a tier is away, and their cookies are tried again. */
const halfEnded: Theme = {
  ...COMMON,
  setting: {
    deployment: "db+kv",
    cookieThreshold: 0,
    revocationDelay: 0,
    lag: 0,
    storeTrouble: 0.02,
    cacheTrouble: 0.25,
    skews: [0, 0, 0],
  },
  acts: times({ append: 6, "login alice": 3, logout: 3, revoke: 2, destroy: 1, regenerate: 8, steal: 2, replay: 8 }),
  pauses: [2 * SECOND, 8 * SECOND, 75 * SECOND],
  pausing: 0.2,
  mishaps: 8,
};

/** Quick values and messages, of visitors and of users who come and go. */
const fleeting: Theme = {
  ...COMMON,
  acts: times({
    append: 3,
    read: 8,
    quick: 6,
    "pop quick": 3,
    flash: 6,
    flashes: 4,
    "login alice": 3,
    "login bob": 2,
    logout: 3,
    regenerate: 1,
    revoke: 1,
    spill: 1,
    steal: 1,
    replay: 1,
  }),
  late: 0.1,
};

/** Users with as many sessions as they may have, of which some have idled out. */
const crowded: Theme = {
  ...COMMON,
  setting: { maxPerUser: { limit: 2, refuse: false }, idleTimeout: 20 * MINUTE },
  acts: times({ append: 4, read: 3, "login alice": 8, "login bob": 1, logout: 2, "revokeUser alice": 1 }),
  pauses: [70 * SECOND, 5 * MINUTE, 15 * MINUTE, 25 * MINUTE],
  pausing: 0.15,
};

/** The same, where one more is refused. */
const full: Theme = { ...crowded, setting: { maxPerUser: { limit: 1, refuse: true }, idleTimeout: 20 * MINUTE } };

/** Browsers that are left alone for a while, and used again. */
const idling: Theme = {
  ...COMMON,
  setting: { idleTimeout: 20 * MINUTE },
  acts: times({
    append: 5,
    read: 6,
    slide: 6,
    prefer: 1,
    "login alice": 3,
    logout: 1,
    cleanup: 1,
    replay: 2,
    steal: 1,
  }),
  pauses: [3 * MINUTE, 9 * MINUTE, 17 * MINUTE, 21 * MINUTE],
  pausing: 0.5,
};

/** Users sign out and go on as visitors, with some of what they had. */
const keeping: Theme = {
  ...COMMON,
  acts: times({
    append: 4,
    prefer: 6,
    read: 4,
    quick: 1,
    spill: 1,
    shrink: 1,
    "login alice": 4,
    "login bob": 2,
    logout: 1,
    "logout keep": 6,
    slide: 1,
  }),
  late: 0.15,
  lost: 0.1,
};

/** Requests of before a sign-in, or of before its end, are handled after it. */
const late: Theme = {
  ...COMMON,
  acts: times({
    append: 6,
    "append scoped": 2,
    read: 2,
    quick: 1,
    spill: 1,
    shrink: 1,
    "login alice": 4,
    "login bob": 2,
    logout: 3,
    "logout keep": 2,
    prefer: 1,
    destroy: 1,
    regenerate: 2,
  }),
  late: 0.4,
};

/** One visitor after the other, who compare all that a session answers with a map. */
const scripted: Theme = {
  ...COMMON,
  setting: { storeTrouble: 0, cacheTrouble: 0, lag: 0 },
  acts: times({
    script: 12,
    "script scoped": 8,
    append: 2,
    spill: 2,
    shrink: 2,
    "login alice": 2,
    regenerate: 2,
    logout: 1,
    destroy: 1,
    tamper: 3,
  }),
  paces: [200, 2 * SECOND],
  late: 0,
};

/** All themes; that of everything comes up as often as two others. */
export const THEMES: readonly Theme[] = [
  everything,
  everything,
  writes,
  endings,
  lateness,
  placement,
  rotation,
  degraded,
  degraded,
  fading,
  behind,
  asleep,
  meeting,
  halfEnded,
  fleeting,
  crowded,
  full,
  idling,
  keeping,
  late,
  scripted,
];
