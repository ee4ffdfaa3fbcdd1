/** The data of a session as text: encoded, versioned, checked against the schema. */

import type { StandardSchemaV1 } from "@standard-schema/spec";
import { SessionError, SessionValueError } from "../../errors.js";
import { redact } from "../../util/redact.js";
import type { Values } from "../operations.js";
import type { DataSettings } from "../settings/complete-settings.js";
import { keepUnknown } from "./unknown-keys.js";

/** Version (left out when 0), then what the codec wrote, which starts with a letter. */
const VERSIONED = /^(\d{0,15})([a-z])/;

/**
 * Encodes the values, in the form that is stored.
 * @throws {SessionValueError} when a value cannot be kept, or when the schema refuses the whole.
 */
export function encodeData(settings: DataSettings, values: Values): string {
  if (settings.schema) refuseMisfit(settings.schema, values);
  const text = settings.codec.encode(values);
  return settings.schemaVersion === 0 ? text : `${settings.schemaVersion}${text}`;
}

/**
 * Decodes stored data, migrated to this deployment's schema version and with the schema's defaults.
 * @throws {SessionError} `unreadable` when it is damaged, newer than this deployment, or does not fit the schema. It is
 *   then neither used nor overwritten.
 */
export function decodeData(settings: DataSettings, text: string): Values {
  const version = Number(VERSIONED.exec(text)?.[1] ?? Number.NaN);
  if (Number.isNaN(version)) throw unreadable("is damaged");
  if (version > settings.acceptVersion) {
    const newest = settings.acceptVersion;
    throw unreadable(
      `has schema version ${version}, newer than the ${newest} that this deployment reads (\`acceptVersion\`)`,
    );
  }
  const decoded = settings.codec.decode(version === 0 ? text : text.slice(String(version).length));
  if (!decoded.ok) throw unreadable("is damaged");
  return shape(settings, migrate(settings, decoded.data, version));
}

/** The values of a session that holds nothing yet: the schema's defaults. */
export function emptyData(settings: DataSettings): Values {
  return settings.schema ? shape(settings, new Map()) : new Map();
}

function migrate(settings: DataSettings, values: Values, version: number): Values {
  if (version === settings.schemaVersion || !settings.migrate) return values;
  try {
    return new Map(Object.entries(settings.migrate(Object.fromEntries(values), version)));
  } catch (cause) {
    throw unreadable(`could not be migrated from schema version ${version}: \`migrate\` threw`, redact(cause));
  }
}

function shape(settings: DataSettings, values: Values): Values {
  if (!settings.schema) return values;
  const result = validate(settings.schema, values, (cause) =>
    unreadable("could not be checked against the `schema`, which threw", cause),
  );
  if (result.issues) throw unreadable(`does not fit the \`schema\` (at \`${issuePath(result.issues)}\`)`);
  // Another instance may know more than this one: what it has put there is not this one's to delete.
  return new Map(Object.entries(keepUnknown(Object.fromEntries(values), result.value) as object));
}

/**
 * Asks the schema.
 * @param failed makes the error to throw when the schema itself throws. What that quotes is redacted before.
 */
function validate(
  schema: StandardSchemaV1<unknown, object>,
  values: Values,
  failed: (cause: Error) => Error,
): StandardSchemaV1.Result<object> {
  let result: ReturnType<(typeof schema)["~standard"]["validate"]>;
  try {
    result = schema["~standard"].validate(Object.fromEntries(values));
  } catch (error) {
    throw failed(redact(error));
  }
  if (!(result instanceof Promise)) return result;
  result.catch(() => undefined);
  throw new TypeError("The `schema` of a session has to answer synchronously.");
}

function refuseMisfit(schema: StandardSchemaV1<unknown, object>, values: Values): void {
  const { issues } = validate(schema, values, (cause) => {
    const message = "The `schema` threw when it was asked about the session. Nothing was written.";
    return new SessionValueError("value", message, undefined, { cause });
  });
  if (!issues) return;
  const path = issuePath(issues);
  throw new SessionValueError(
    "value",
    `The session would not fit its \`schema\`: see \`${path}\`. Nothing was written.`,
    path,
  );
}

function issuePath(issues: readonly StandardSchemaV1.Issue[]): string {
  const path = issues[0]?.path ?? [];
  return path.map((part) => String(typeof part === "object" ? part.key : part)).join(".") || "the whole";
}

function unreadable(what: string, cause?: unknown): SessionError {
  return new SessionError(
    "unreadable",
    `The stored session ${what}. It was left as it is: fix the deployment, or end the session with destroy().`,
    cause === undefined ? undefined : { cause },
  );
}
