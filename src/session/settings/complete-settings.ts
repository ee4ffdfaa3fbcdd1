/** All that a definition says: its settings, what seals, and how the data of its sessions is encoded and decoded. */

import { createSealer } from "#seal";
import { type Codec, createCodec } from "../../codec/codec.js";
import type { Sealer } from "../../cookie/sealer.js";
import { SessionConfigError } from "../../errors.js";
import { redact } from "../../util/redact.js";
import { readSecrets } from "../../util/secrets.js";
import { OPTIONS, type SessionDefinition, type SessionOptions } from "../options.js";
import { type Settings, settingsOf } from "./settings.js";

/** What encoding and decoding the data of sessions needs. */
export interface DataSettings {
  readonly codec: Codec;
  /** The version that is written. */
  readonly schemaVersion: number;
  /** The newest version that is read: `schemaVersion`, or one above it. */
  readonly acceptVersion: number;
  readonly schema: SessionOptions<object>["schema"];
  readonly migrate: SessionOptions<object>["migrate"];
}

/** All that a definition says. */
export interface CompleteSettings extends Settings, DataSettings {
  /** Seals the cookies, and is their `opener` too. */
  readonly sealer: Sealer;
}

const resolved = new WeakMap<object, CompleteSettings>();

/**
 * All settings of a definition, resolved at first use and kept.
 * @throws {SessionConfigError} naming the option that is missing, unknown, too weak or unfit.
 */
export function completeSettingsOf<Data extends object, Flash extends object>(
  definition: SessionDefinition<Data, Flash>,
): CompleteSettings {
  const known = resolved.get(definition);
  if (known) return known;
  const opening = settingsOf(definition);
  const options = definition[OPTIONS]() as unknown as SessionOptions<object>;
  const sealer = createSealer(readSecrets(options.secret), opening.application);
  const settings = { ...opening, ...resolveDataSettings(options), sealer, opener: sealer };
  resolved.set(definition, settings);
  return settings;
}

function resolveDataSettings(options: SessionOptions<object>): DataSettings {
  const { codecs, schema, schemaVersion = 0, acceptVersion = schemaVersion, migrate } = options;
  if (!Number.isSafeInteger(schemaVersion) || schemaVersion < 0) {
    throw new SessionConfigError("schemaVersion", "must be a whole number from 0.");
  }
  if (!Number.isSafeInteger(acceptVersion) || acceptVersion < schemaVersion) {
    throw new SessionConfigError(
      "acceptVersion",
      "must be a whole number from `schemaVersion`, which is what is written.",
    );
  }
  refuseUnfitSchema(schema);
  return { codec: createCodec(codecs), schemaVersion, acceptVersion, schema, migrate };
}

/** A schema is asked during a read, which cannot wait, and about a session that is still empty. */
function refuseUnfitSchema(schema: SessionOptions<object>["schema"]): void {
  if (!schema) return;
  let result: ReturnType<(typeof schema)["~standard"]["validate"]>;
  try {
    result = schema["~standard"].validate({});
  } catch (error) {
    throw new SessionConfigError(
      "schema",
      `throws when it is asked about \`{}\`, the empty session: ${redact(error)}.`,
    );
  }
  if (result instanceof Promise) {
    result.catch(() => undefined);
    throw new SessionConfigError("schema", "validates asynchronously. Use one that answers at once.");
  }
  if (result.issues) {
    throw new SessionConfigError("schema", "refuses `{}`, the empty session. Make its keys optional or give defaults.");
  }
}
