/** The client's address: whom to believe about it, and how it is read. */

import ipaddr from "ipaddr.js";
import type { RequestHeaders } from "../../cookie/jar.js";
import type { ClientAddress } from "../options.js";

/** The network of an address: IPv4 by its first 24 bits, IPv6 by its first 64, what one line or household shares. */
const NETWORK = { ipv4: 24, ipv6: 64 } as const;

/** A port after an IPv4 address, or after a bracketed IPv6 one: Azure and others append it. */
const PORT = /:\d{1,5}$/;

/** What is in brackets: IPv6 as URLs write it. */
const BRACKETED = /^\[([\da-f:.]+(?:%[\w.-]+)?)\]$/i;

/**
 * The client's address, as the trusted proxy reports it, in the one way to write it: `203.0.113.7`, `2001:db8::1`. An IPv4
 * address mapped into IPv6 is IPv4.
 * @param trusted whom to believe. Undefined: nobody, so there is no address.
 * @returns undefined when there is none, or none that can be read.
 */
export function clientAddress(trusted: ClientAddress | undefined, headers: RequestHeaders): string | undefined {
  const reported = trusted === undefined ? undefined : report(trusted, headers);
  const address = typeof reported === "string" ? parse(reported) : undefined;
  return address?.toString();
}

/** The network of an address that {@link clientAddress} gave, by its first address: `203.0.113.0`, `2001:db8::`. */
export function networkOf(address: string): string {
  const parsed = ipaddr.parse(address);
  const range = `${address}/${NETWORK[parsed.kind()]}`;
  const network =
    parsed.kind() === "ipv4" ? ipaddr.IPv4.networkAddressFromCIDR(range) : ipaddr.IPv6.networkAddressFromCIDR(range);
  return network.toString();
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

/** Only the usual forms: `127.1`, octal and hexadecimal IPv4 are read differently by different programs. */
function parse(reported: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const text = reported.trim();
  const isWithPort = text.startsWith("[") || ipaddr.IPv4.isValidFourPartDecimal(text.replace(PORT, ""));
  const bare = isWithPort ? text.replace(PORT, "") : text;
  const host = BRACKETED.exec(bare)?.[1] ?? bare;
  if (ipaddr.IPv4.isValidFourPartDecimal(host)) return ipaddr.IPv4.parse(host);
  const unzoned = host.replace(/%.*$/, "");
  if (!ipaddr.IPv6.isValid(unzoned)) return undefined;
  const address = ipaddr.IPv6.parse(unzoned);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}
