/** What a session is bound to: a fingerprint of the client's user agent and network. */

import { sha256 } from "#seal";
import { chain, type MaybePromise } from "../../util/maybe-promise.js";
import type { BindOptions } from "../options.js";

/** The request headers that the library reads. */
export interface RequestHeaders {
  get(name: string): string | null;
}

/** The client's address as the proxy in front reports it, or undefined. */
export function clientAddress(headers: RequestHeaders): string | undefined {
  const reported = headers.get("x-real-ip") ?? headers.get("x-forwarded-for")?.split(",").at(-1);
  return reported?.trim() || undefined;
}

/** The fingerprint that a session begun by this request is bound to; undefined when nothing is to be bound. */
export function fingerprint(bind: Readonly<BindOptions>, headers: RequestHeaders): MaybePromise<string | undefined> {
  if (!bind.userAgent && !bind.ip) return undefined;
  const agent = bind.userAgent ? (headers.get("user-agent") ?? "") : "";
  const network = bind.ip ? networkOf(clientAddress(headers) ?? "", bind.ip === "exact") : "";
  return chain(sha256(`${agent}\n${network}`), (hash) => hash.slice(0, 22));
}

/** The network of an address: IPv6 by /64, IPv4 by /24, or all of it. What is no address stands for itself. */
export function networkOf(address: string, exact: boolean): string {
  const host = canonicalHost(address);
  if (exact || host === undefined) return host ?? address;
  if (!host.startsWith("[")) return host.split(".").slice(0, 3).join(".");
  const [head = "", tail] = host.slice(1, -1).split("::");
  const groups = head === "" ? [] : head.split(":");
  const end = tail ? tail.split(":") : [];
  const zeros = Array<string>(tail === undefined ? 0 : 8 - groups.length - end.length).fill("0");
  return [...groups, ...zeros, ...end].slice(0, 4).join(":");
}

/** The one way to write an address, by the platform's own URL parser: `127.0.0.1`, `[2001:db8::1]`. */
function canonicalHost(address: string): string | undefined {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  const url = mapped.includes(":") ? `http://[${mapped}]` : `http://${mapped}`;
  if (!/^[\d.]+$/.test(mapped) && !/^[\da-f:.]+$/i.test(mapped)) return undefined;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}
