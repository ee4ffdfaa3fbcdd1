/** What the visitors of one engine saw, counted. */

/** The counts. Those of the second half must be 0, but for writes lost where the failure loses them. */
export interface Counts {
  /** Writes that were acknowledged. */
  written: number;
  reads: number;
  /** Sessions that somebody ended, acknowledged, and that were asked for afterwards. */
  revoked: number;
  /** Requests that ended in an error: the engine failed, and said so. */
  refused: number;

  /** Acknowledged writes that were not there later. */
  lost: number;
  /** Visitors who were signed in and found that they are not. */
  signedOut: number;
  /** Sessions that were let in after they had been revoked and the stated delay had passed. */
  letIn: number;
  /** Visitors who could not write any more when all was well again. */
  stuck: number;
}

/** Counts that begin at nothing. */
export function newCounts(): Counts {
  return { written: 0, reads: 0, revoked: 0, refused: 0, lost: 0, signedOut: 0, letIn: 0, stuck: 0 };
}
