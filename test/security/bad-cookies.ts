/** Cookies that are no session, each with the reason that is to be told. Made from good ones of the deployment under test. */

import { createSealer } from "../../src/cookie/seal-node.js";
import { encodeToken, type Token } from "../../src/session/token/token.js";
import { APPLICATION } from "../support/application.js";
import { bulk, newSecret } from "../support/deployments.js";

/** What the cases are made of. */
export interface Material {
  readonly secret: string;
  /** The value of a good session cookie. */
  readonly session: string;
  /** The `Cookie` header of a good session in two chunks, by name. */
  readonly chunks: Readonly<Record<string, string>>;
  /** The same for another session in two chunks. */
  readonly otherChunks: Readonly<Record<string, string>>;
}

const NAME = "__Host-session";
const DAY = 86_400_000;

/** One bad `Cookie` header. Without a reason: nothing came that could be meant as a session. */
export type BadCookie = readonly [what: string, cookie: string, reason: string | undefined];

const pairs = (cookies: Readonly<Record<string, string>>) =>
  Object.entries(cookies)
    .map(([name, value]) => `${name}=${value}`)
    .join("; ");

/** A token that is good in every respect. */
function goodToken(): Token {
  return {
    lineage: "A".repeat(22),
    id: "A".repeat(43),
    sealedAt: Date.now(),
    epoch: 0,
    expiresAt: Date.now() + DAY,
    idleExpiresAt: Date.now() + DAY,
    userId: undefined,
    authenticatedAt: undefined,
    persistent: true,
    secure: false,
    pinned: false,
    quick: false,
    binding: undefined,
    reference: undefined,
    shrunkAt: undefined,
    data: 'j{"a":1}',
  };
}

/** What an application with this secret could have sealed, and never would. */
function sealedBy(secret: string) {
  const { seal } = createSealer([secret], APPLICATION);
  const text = (content: string, expiresAt = Date.now() + DAY) => `${NAME}=${seal("session", content, expiresAt)}`;
  const head = encodeToken({ ...goodToken(), data: undefined });
  const nested = `${"[".repeat(10_000)}${"]".repeat(10_000)}`;
  const with_ = (token: Partial<Record<keyof Token, unknown>>) =>
    text(encodeToken({ ...goodToken(), ...token } as Token));
  const bad = [
    ["a valid MAC over no JSON", text("blah"), "malformed"],
    ["a valid MAC over a number", text("7"), "malformed"],
    ["a valid MAC over an object", text('{"id":1}'), "malformed"],
    ["a valid MAC over `__proto__`", text('{"__proto__":{"id":1}}'), "malformed"],
    ["a valid MAC over 10,000 levels", text(nested), "malformed"],
    ["another layout", text(head.replace("[1,", "[2,")), "malformed"],
    ["a flag that nobody knows", text(head.replace(/^(\[1,"[^"]+","[^"]+"),\d+/, "$1,64")), "malformed"],
    ["one field too many", text(head.replace(/]$/, ",1]")), "malformed"],
    ["an id of 31 bytes", with_({ id: "A".repeat(42) }), "malformed"],
    ["an id of 33 bytes", with_({ id: "A".repeat(44) }), "malformed"],
    ...["*", "a:b", "\r\n", "\0", "../"].map(
      (text) => [`an id with ${JSON.stringify(text)}`, with_({ id: text.padEnd(43, "A") }), "malformed"] as const,
    ),
    ["a key that is no key", with_({ reference: { key: "~epoch", version: 1 } }), "malformed"],
    ["a version that is none", with_({ reference: { key: "A".repeat(22), version: -1 } }), "malformed"],
    ["a user who never signed in", with_({ userId: "ada" }), "malformed"],
    ["sealed an hour and a second ahead", with_({ sealedAt: Date.now() + 3_601_000 }), "from-the-future"],
    ["sealed a day ahead", with_({ sealedAt: Date.now() + DAY }), "from-the-future"],
    ["an absolute deadline that has passed", with_({ expiresAt: Date.now() }), "expired"],
    ["an idle deadline that has passed", with_({ idleExpiresAt: Date.now() }), "expired"],
    ["a seal that has expired by a millisecond", text(encodeToken(goodToken()), Date.now()), "expired"],
    ["a sign-in transaction", `${NAME}=${seal("transaction", encodeToken(goodToken()), Date.now() + DAY)}`, "forged"],
    ["a flash cookie", `${NAME}=${seal("flash", encodeToken(goodToken()), Date.now() + DAY)}`, "forged"],
    ["a sealed successor", `${NAME}=${seal("successor", encodeToken(goodToken()), Date.now() + DAY)}`, "forged"],
    ["data at rest", `${NAME}=${seal("record", encodeToken(goodToken()), Date.now() + DAY)}`, "forged"],
  ] as const satisfies readonly BadCookie[];
  return { good: text(encodeToken(goodToken())), bad };
}

/** Every bad cookie, of `security.md` and of gae-sessions' own tests. */
export function badCookies({ secret, session, chunks, otherChunks }: Material): readonly BadCookie[] {
  const parts = session.split("*");
  const without = (name: string) => pairs(Object.fromEntries(Object.entries(chunks).filter(([key]) => key !== name)));
  const part = (index: number, value: string) => parts.map((old, at) => (at === index ? value : old)).join("*");
  const single = (what: string, value: string, reason: string): BadCookie => [what, `${NAME}=${value}`, reason];
  return [
    ["nothing", "", undefined],
    ["a bare name", NAME, undefined],
    ["a nameless value", `=${NAME}=${session}`, undefined],
    ["$Version", `$Version=1; ${NAME.replace("__Host-", "")}=${session}`, undefined],
    ...["__Host-sessio\u2000n", `${NAME}\u00a0`, "__HOST-session", "__%48ost-session", " x"].map(
      (name): BadCookie => [`the name ${JSON.stringify(name)}`, `${name}=${session}`, undefined],
    ),
    ["200 cookies", Array.from({ length: 200 }, (_, n) => `c${n}=${n}`).join("; "), undefined],
    single("an empty value", "", "malformed"),
    single("one character", "x", "malformed"),
    single("`blah`", "blah", "malformed"),
    single("16 KB of junk", bulk(16_384), "malformed"),
    ...[1, 2, 3, 4, 5, 6, 9].map((count) => single(`${count} parts`, Array(count).fill("a").join("*"), "malformed")),
    single("another prefix", session.replace("Fe26.2", "Fe26.1"), "malformed"),
    single("a character too few", session.slice(0, -1), "malformed"),
    ...["=", "A", "==", "%3D", "~"].map((end) => single(`\`${end}\` at the end`, `${session}${end}`, "malformed")),
    ...[" ", "\t"].map((end) => single(`a blank ${JSON.stringify(end)} at the end`, `${session}${end}x`, "malformed")),
    single("quotes around it", `"${session}"`, "malformed"),
    single("percent-encoded", session.replaceAll("*", "%2A"), "malformed"),
    single("percent-encoded twice", session.replaceAll("*", "%252A"), "malformed"),
    ...["+", "/"].map((letter) =>
      single(`the letter ${letter}`, part(4, letter + (parts[4] ?? "").slice(1)), "malformed"),
    ),
    single("a bit of the last character of the MAC", alternate(session), "malformed"),
    single("its id reversed", [...session].reverse().join(""), "malformed"),
    single(
      "another payload",
      part(
        4,
        (parts[4] ?? "").replace(/^./, (first) => (first === "A" ? "B" : "A")),
      ),
      "forged",
    ),
    single("a key id that is unknown", part(1, "deadbeef"), "unknown-key"),
    single("the key id `__proto__`", part(1, "__proto__"), "malformed"),
    ...["0x1", "-1", "1e99", "", "9".repeat(14)].map((expiry) =>
      single(`the expiry ${JSON.stringify(expiry)}`, part(5, expiry), "malformed"),
    ),
    ["another deployment's", sealedBy(newSecret()).good, "unknown-key"],
    single("a later expiry", part(5, String(Date.now() + 300 * DAY)), "forged"),
    single("a JWT with `alg: none`", "eyJhbGciOiJub25lIn0.eyJ1c2VySWQiOiJhZGEifQ.", "malformed"),
    single("a pickle", "gASVBAAAAAAAAABLAS4=", "malformed"),
    ["the name twice, neither of them ours", `${NAME}=blah; ${NAME}=${alternate(session)}`, "malformed"],
    ["a chunk missing", without(`${NAME}.1`), "chunks"],
    ["the head missing", without(NAME), undefined],
    ["a chunk of another generation", pairs({ ...chunks, [`${NAME}.1`]: otherChunks[`${NAME}.1`] ?? "" }), "chunks"],
    ["a chunk numbered 01", pairs(chunks).replace(`${NAME}.1=`, `${NAME}.01=`), "chunks"],
    ["a chunk numbered 99", pairs(chunks).replace(`${NAME}.1=`, `${NAME}.99=`), "chunks"],
    ["a head of 0 chunks", `${NAME}=~0abcdefghx`, "malformed"],
    ...sealedBy(secret).bad,
  ];
}

/** The last character of 32 bytes in base64url carries two bits of nothing: another one that decodes to the same. */
function alternate(session: string): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const last = alphabet.indexOf(session.at(-1) ?? "");
  return session.slice(0, -1) + alphabet[last ^ 1];
}
