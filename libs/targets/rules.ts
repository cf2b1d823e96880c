/** Rules that name targets: `host`, `*.domain`, `10.0.0.0/8` or `*`, each with a port or a range of ports if need be. Pure. */

import { BlockList, isIP } from "node:net";
import { LogburstError } from "../protocol/errors.ts";
import { bareAddress, bareHost, familyOf } from "./addresses.ts";

export interface TargetRule {
  /** As it was written. */
  readonly text: string;
  /** Whether it is about an address range: such a rule is asked for each address that a name resolves to. */
  readonly isRange: boolean;
  /** Names nothing in particular: `*`. */
  readonly isAny: boolean;
  /** @param host a name or an address */
  fits(host: string, port: number): boolean;
}

/** More than a list that a person keeps. */
const MAX_RULES = 1000;
const PORTS = /^(\d{1,5})(?:-(\d{1,5}))?$/;
const NAME = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/;

/**
 * Reads rules separated by commas or blanks.
 * @param from where they stand, for the error
 * @throws LogburstError `bad_config`
 */
export function readRules(text: string, from: string): TargetRule[] {
  const words = text.split(/[\s,]+/).filter((word) => word !== "");
  const remedies = [
    "write rules such as victorialogs:9428, *.logs.example, 10.0.0.0/8:9000-9999, [fd00::/8]:9428",
  ];
  if (words.length > MAX_RULES)
    throw new LogburstError("bad_config", `${from} has more than ${MAX_RULES} rules`, { remedies });
  return words.map((word) => {
    const rule = readRule(word);
    if (rule) return rule;
    throw new LogburstError("bad_config", `${from}: "${word}" is not a rule for targets`, { remedies });
  });
}

function readRule(text: string): TargetRule | undefined {
  const { host, ports } = splitPorts(text);
  const fitsPort = ports === undefined ? () => true : portsOf(ports);
  if (!fitsPort) return undefined;
  if (host === "*") return { text, isRange: false, isAny: true, fits: (_host, port) => fitsPort(port) };
  const range = rangeOf(host);
  if (range) {
    const fits = (asked: string, port: number) => fitsPort(port) && isIn(range, asked);
    return { text, isRange: true, isAny: false, fits };
  }
  const name = bareHost(host);
  // What looks like an address and is none is a slip, not a name.
  if (!NAME.test(name) || /^[\d.]+$/.test(name)) return undefined;
  const fits = (asked: string, port: number) => fitsPort(port) && fitsName(name, bareHost(asked));
  return { text, isRange: false, isAny: false, fits };
}

/** An address of version 6 with a port stands in brackets, as in URLs. */
function splitPorts(text: string): { host: string; ports: string | undefined } {
  const bracketed = /^\[([^\]]+)\](?::(.*))?$/.exec(text);
  if (bracketed) return { host: bracketed[1] ?? "", ports: bracketed[2] };
  const [host = "", ports, more] = text.split(":");
  return more === undefined ? { host, ports } : { host: text, ports: undefined };
}

function portsOf(text: string): ((port: number) => boolean) | undefined {
  const [, least, most = least] = PORTS.exec(text) ?? [];
  const [from, to] = [Number(least), Number(most)];
  if (least === undefined || from < 1 || from > to || to > 65_535) return undefined;
  return (port) => port >= from && port <= to;
}

function rangeOf(text: string): BlockList | undefined {
  const [address = "", prefix, more] = text.split("/");
  const version = isIP(address);
  const longest = version === 4 ? 32 : 128;
  const bits = prefix === undefined ? longest : Number(prefix);
  if (version === 0 || more !== undefined || (prefix !== undefined && !/^\d{1,3}$/.test(prefix)))
    return undefined;
  if (bits > longest) return undefined;
  const list = new BlockList();
  list.addSubnet(address, bits, familyOf(address));
  return list;
}

function isIn(list: BlockList, host: string): boolean {
  const bare = bareAddress(host);
  return isIP(bare) !== 0 && list.check(bare, familyOf(bare));
}

function fitsName(rule: string, host: string): boolean {
  return rule.startsWith("*.")
    ? host.endsWith(rule.slice(1)) && host.length > rule.length - 1
    : host === rule;
}
