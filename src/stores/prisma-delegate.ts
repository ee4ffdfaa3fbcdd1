/** A model's delegate, as far as the store needs it. */

import type { SessionRecord } from "../tiers/store.js";

/** Columns by name. Each is selected explicitly: what else the model has is neither read nor sent. */
type Columns<Names extends keyof SessionRecord> = { [Name in Names]: true };

/** The condition of a statement. Its columns are checked by the database; their shape depends on the client. */
type Where = { readonly [column: string]: unknown };

/**
 * What `prismaStore` needs of a model's delegate: `prisma.session`, of a generated client, of one that `$extends`
 * made, or of the one that `$transaction` hands to its function. The model needs the columns of `SessionRecord` under
 * these names, `key` and `idHash` unique, `version` an integer; `prisma/session.prisma` has one to copy.
 */
export interface SessionDelegate {
  findUnique(args: {
    where: { key: string } | { idHash: string };
    select: Columns<keyof SessionRecord>;
  }): PromiseLike<SessionRecord | null>;
  findMany(args: {
    where: Where;
    orderBy: { createdAt: "asc" } | { expiresAt: "asc" };
    take?: number;
    select: { key: true } & Partial<Columns<Exclude<keyof SessionRecord, "data">>>;
  }): PromiseLike<({ key: string } & Partial<SessionRecord>)[]>;
  createMany(args: { data: SessionRecord }): PromiseLike<{ count: number }>;
  updateMany(args: { where: Where; data: object }): PromiseLike<{ count: number }>;
  deleteMany(args: { where: Where }): PromiseLike<{ count: number }>;
  /** The client of the delegate, which its type does not mention. */
  readonly $parent?: unknown;
}
