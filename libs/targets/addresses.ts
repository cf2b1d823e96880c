/** Kinds of addresses: those that no load may ever go to, those of this machine, and all others. Pure. */

import { BlockList, isIP } from "node:net";

/** Ranges as `address/prefix`, with why nothing is sent there. */
const FORBIDDEN: readonly (readonly [why: string, ranges: readonly string[]])[] = [
  [
    "is a cloud's metadata address",
    [
      "169.254.169.254/32",
      "169.254.170.2/32",
      "fd00:ec2::254/128",
      "fd00:ec2::23/128",
      "fd20:ce::254/128",
      "100.100.100.200/32",
      "168.63.129.16/32",
      "192.0.0.192/32",
    ],
  ],
  ["is link-local", ["169.254.0.0/16", "fe80::/10"]],
  ["is multicast or broadcast", ["224.0.0.0/4", "255.255.255.255/32", "ff00::/8"]],
];

/** 0.0.0.0 and :: lead to the machine itself as well. */
const LOOPBACK: readonly string[] = ["127.0.0.0/8", "0.0.0.0/8", "::1/128", "::/128"];

/** Names under which clouds answer with their metadata, whatever they resolve to. */
const METADATA_NAMES: readonly string[] = [
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
];

/** Prefixes of version 6 that carry an address of version 4 behind them: NAT64, 6to4, compatible ones. */
const CARRIERS: readonly { readonly before: string; readonly bits: number; readonly after: string }[] = [
  { before: "64:ff9b::", bits: 96, after: "" },
  { before: "2002:", bits: 16, after: "::" },
  { before: "::", bits: 96, after: "" },
];

const forbidden = FORBIDDEN.map(([why, ranges]) => ({ why, list: listOf(ranges) }));
const loopback = listOf(LOOPBACK);

/** A list of ranges, each also in the forms of version 6 that lead to the same machines. */
function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = "", prefix = ""] = range.split("/");
    list.addSubnet(address, Number(prefix), familyOf(address));
    // What begins with zeros would be the range of :: itself.
    if (familyOf(address) !== "ipv4" || address.startsWith("0.")) continue;
    for (const { before, bits, after } of CARRIERS)
      list.addSubnet(`${before}${inHex(address)}${after}`, bits + Number(prefix), "ipv6");
  }
  return list;
}

/** `169.254.0.0` as `a9fe:0`. */
function inHex(address: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = address.split(".").map(Number);
  return `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
}

export function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}

/** An address as it is compared: without brackets and zone. */
export function bareAddress(text: string): string {
  return text.replace(/^\[|\]$/g, "").replace(/%.*$/, "");
}

/** A host's name as it is compared: in lower case, without the dot of the root. */
export function bareHost(text: string): string {
  return bareAddress(text).toLowerCase().replace(/\.$/, "");
}

/** Why nothing may be sent to an address; undefined where something may. */
export function forbiddenAddress(address: string): string | undefined {
  const bare = bareAddress(address);
  return forbidden.find(({ list }) => list.check(bare, familyOf(bare)))?.why;
}

/** Why nothing may be sent to a name, wherever it leads. */
export function forbiddenName(host: string): string | undefined {
  return METADATA_NAMES.includes(bareHost(host)) ? "is a cloud's metadata service" : undefined;
}

/** Whether an address is of the machine that uses it. */
export function isLoopbackAddress(address: string): boolean {
  const bare = bareAddress(address);
  return isIP(bare) !== 0 && loopback.check(bare, familyOf(bare));
}

/**
 * Nobody on another machine can ask for load: neither over HTTP nor over the bus.
 * @param natsUrls servers, separated by commas
 */
export function isLocalSystem(httpHost: string, natsUrls: string): boolean {
  return isLoopbackHost(httpHost) && natsUrls.split(",").every((url) => isLoopbackHost(hostOf(url.trim())));
}

/** A server's host; NATS takes addresses without a scheme too. */
function hostOf(url: string): string {
  const withScheme = url.includes("://") ? url : `nats://${url}`;
  return URL.canParse(withScheme) ? new URL(withScheme).hostname : "";
}

/** Whether a host, named or as an address, is the machine that uses it: what it listens on is not heard from outside. */
export function isLoopbackHost(host: string): boolean {
  const bare = bareHost(host);
  if (bare === "localhost" || bare.endsWith(".localhost")) return true;
  // To listen on 0.0.0.0 is to listen everywhere.
  return isLoopbackAddress(bare) && !/^(0\.|::$)/.test(bare);
}
