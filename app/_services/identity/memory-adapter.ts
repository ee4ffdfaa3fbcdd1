import type { Adapter, AdapterPayload } from "oidc-provider";

/** Everything the provider remembers, of every kind: gone when it stops. */
const records = new Map<string, { readonly payload: AdapterPayload; readonly expiresAt: number }>();

/** oidc-provider's storage in this process's memory: enough for a few people on one machine. */
export class MemoryAdapter implements Adapter {
  readonly #kind: string;

  constructor(kind: string) {
    this.#kind = kind;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    forgetExpired();
    const expiresAt = expiresIn === undefined ? Number.POSITIVE_INFINITY : Date.now() + expiresIn * 1000;
    records.set(this.#key(id), { payload, expiresAt });
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const record = records.get(this.#key(id));
    return record && record.expiresAt > Date.now() ? record.payload : undefined;
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    return this.#findBy("uid", uid);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    return this.#findBy("userCode", userCode);
  }

  async consume(id: string): Promise<void> {
    const payload = await this.find(id);
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id: string): Promise<void> {
    records.delete(this.#key(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    for (const [key, { payload }] of records) if (payload.grantId === grantId) records.delete(key);
  }

  #key(id: string): string {
    return `${this.#kind}:${id}`;
  }

  #findBy(field: "uid" | "userCode", value: string): AdapterPayload | undefined {
    const prefix = this.#key("");
    for (const [key, { payload, expiresAt }] of records) {
      if (key.startsWith(prefix) && payload[field] === value && expiresAt > Date.now()) return payload;
    }
    return undefined;
  }
}

function forgetExpired(): void {
  const now = Date.now();
  for (const [key, { expiresAt }] of records) if (expiresAt <= now) records.delete(key);
}
