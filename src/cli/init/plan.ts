/** The plan of `init`: what it would create and change in an application. */

/** Where sessions are held, besides the cookie. */
export interface Storage {
  /** Rows in the database, through Prisma. */
  readonly database: boolean;
  readonly cache: "kv" | "redis" | undefined;
}

/** A file to be created, or to be changed where `before` is there. Paths are relative to the application's folder. */
export interface Change {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string;
  /** What is new in it and must not be shown: a generated secret. */
  readonly secrets?: readonly string[];
}

/** What `init` would do. */
export interface Plan {
  readonly changes: readonly Change[];
  /** Packages to install that package.json does not name. */
  readonly packages: readonly string[];
  /** What the user has to know or do by hand, a sentence each. */
  readonly notes: readonly string[];
  /** Commands to run afterwards. */
  readonly commands: readonly string[];
}

/** What one part of the plan contributes. */
export type Part = Partial<Plan>;
