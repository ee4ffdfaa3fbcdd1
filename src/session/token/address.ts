/** The client's address: whom to believe about it, and how it is read. */

import type { RequestHeaders } from "../../cookie/jar.js";
import type { ClientAddress } from "../options.js";

/** A port after an IPv4 address, or after a bracketed IPv6 one: Azure and others append it. */
const PORT = /:\d{1,5}$/;

/** What is in brackets: IPv6 as URLs write it. */
const BRACKETED = /^\[([\da-f:.]+(?:%[\w.-]+)?)\]$/i;

/** Four decimal numbers up to 255. `127.1`, octal and hexadecimal are read differently by different programs. */
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;

/** Of what IPv6 is written. What follows a percent sign names an interface of the machine that wrote it. */
const IPV6 = /^([\da-f:.]+)(?:%.*)?$/i;

/** An IPv4 address mapped into IPv6, as URLs write it: its 32 bits are the last two groups. */
const MAPPED = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/;

/**
 * The client's address, as the trusted proxy reports it, in the one way to write it: `203.0.113.7`, `2001:db8::1`. An IPv4
 * address mapped into IPv6 is IPv4.
 * @param trusted whom to believe. Undefined: nobody, so there is no address.
 * @returns undefined when there is none, or none that can be read.
 */
export function clientAddress(trusted: ClientAddress | undefined, headers: RequestHeaders): string | undefined {
  const reported = trusted === undefined ? undefined : report(trusted, headers);
  return typeof reported === "string" ? parse(reported) : undefined;
}

/**
 * The network of an address that {@link clientAddress} gave, by its first address: IPv4 by its first 24 bits, IPv6 by its
 * first 64, what one line or household shares. `203.0.113.0`, `2001:db8::`.
 */
export function networkOf(address: string): string {
  if (IPV4.test(address)) return address.replace(/\d+$/, "0");
  const [head = "", tail] = address.split("::");
  const groups = head === "" ? [] : head.split(":");
  const after = tail ? tail.split(":") : [];
  const all = tail === undefined ? groups : [...groups, ...Array(8 - groups.length - after.length).fill("0"), ...after];
  return ipv6(`${all.slice(0, 4).join(":")}::`) as string;
}

function report(trusted: ClientAddress, headers: RequestHeaders): string | null | undefined {
  if (typeof trusted === "function") return trusted(headers);
  // Both are set by the platform itself, whatever the client sends.
  if (trusted === "vercel") return headers.get("x-vercel-forwarded-for") ?? headers.get("x-real-ip");
  if (trusted === "cloudflare") return headers.get("cf-connecting-ip");
  // Each proxy appends whom it was called by. What stands before the entries of the trusted ones, anybody may have sent.
  const entries = (headers.get("x-forwarded-for") ?? "").split(",").filter((entry) => entry.trim() !== "");
  return entries.at(-trusted);
}

function parse(reported: string): string | undefined {
  const text = reported.trim();
  const isWithPort = text.startsWith("[") || IPV4.test(text.replace(PORT, ""));
  const bare = isWithPort ? text.replace(PORT, "") : text;
  const host = BRACKETED.exec(bare)?.[1] ?? bare;
  if (IPV4.test(host)) return host;
  const address = ipv6(IPV6.exec(host)?.[1] ?? "");
  const [, high, low] = MAPPED.exec(address ?? "") ?? [];
  return high === undefined || low === undefined ? address : [...bytesOf(high), ...bytesOf(low)].join(".");
}

/** An IPv6 address in the one way to write it. The platform's URL parser reads and writes it, which every middleware has. */
function ipv6(text: string): string | undefined {
  try {
    return new URL(`http://[${text}]/`).hostname.slice(1, -1);
  } catch {
    return undefined;
  }
}

/** The two bytes of a group of an IPv6 address. */
function bytesOf(group: string): number[] {
  const number = Number.parseInt(group, 16);
  return [number >> 8, number & 0xff];
}
