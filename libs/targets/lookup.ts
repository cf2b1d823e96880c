/** Names into addresses, at the moment of connecting: what is connected to is what was checked. */

import { lookup as systemLookup } from "node:dns";
import { isIP, type LookupFunction } from "node:net";
import type { HostAlias } from "../protocol/config/target.ts";
import { LogburstError } from "../protocol/errors.ts";
import { type AllowedTargets, hostAndPort, policyFrom, type TargetPolicy } from "./policy.ts";

/** A target's name leads to where nothing may be sent. */
class TargetRefused extends Error {
  readonly code = "TARGET_REFUSED";
}

/** The address that a config gives a name itself. */
export function aliasOf(aliases: readonly HostAlias[] | undefined, host: string): string | undefined {
  return aliases?.find(({ hostnames }) => hostnames.some((name) => name.toLowerCase() === host.toLowerCase()))
    ?.ip;
}

/**
 * A lookup for sockets that gives no address which a policy refuses. The socket connects to what it is given here and asks
 * nobody again, so a name that leads elsewhere from one moment to the next (DNS rebinding) leads nowhere else.
 */
export function checkedLookup(
  policies: readonly TargetPolicy[],
  port: number,
  lookup: typeof systemLookup = systemLookup,
): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found) => {
      if (error) {
        callback(error, []);
        return;
      }
      const addresses = found.map(({ address }) => address);
      const refusal = firstRefusal(policies, host, port, addresses);
      const [first] = found;
      if (refusal !== undefined || !first)
        callback(new TargetRefused(refusal ?? `${host} has no address`), []);
      else if (options.all) callback(null, found);
      else callback(null, first.address, first.family);
    });
  };
}

/** Leads to one address, which was checked. */
function alwaysTo(address: string): LookupFunction {
  const family = isIP(address);
  return (_host, options, callback) => {
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

/** A run that was accepted before rules travelled with runs: only what is forbidden everywhere is refused. */
const UNKNOWN_RULES: AllowedTargets = { rules: ["*"], local: true };

/**
 * How a worker's sockets find a run's target.
 * @param allowed when the run was accepted @param own the worker's own rules, which must allow the target too
 * @param aliases addresses of names, as the config has them
 * @throws LogburstError `target_refused` where the target is given as an address that is not allowed
 */
export function lookupFor(
  url: string,
  allowed: AllowedTargets = UNKNOWN_RULES,
  own?: readonly string[],
  aliases?: readonly HostAlias[],
): LookupFunction {
  const { host, port } = hostAndPort(url);
  const alias = aliasOf(aliases, host);
  const policies = [policyFrom(allowed), ...(own ? [policyFrom({ rules: own, local: allowed.local })] : [])];
  // Sockets look names up, and addresses not.
  const given = isIP(host) === 0 ? alias : host;
  // What a config says of a name allows nothing: its address must be allowed as if it stood there itself.
  const refusal = given && firstRefusal(policies, given, port, [given]);
  if (refusal === undefined) return alias === undefined ? checkedLookup(policies, port) : alwaysTo(alias);
  throw new LogburstError("target_refused", `this worker must not connect to its target: ${refusal}`, {
    remedies: ["correct LOGBURST_TARGETS, of the coordinators and of the workers"],
  });
}

function firstRefusal(
  policies: readonly TargetPolicy[],
  host: string,
  port: number,
  addresses: readonly string[],
): string | undefined {
  return policies.map((policy) => policy.refusal(host, port, addresses)).find((why) => why !== undefined);
}

/** A name's addresses; none where it has none, or nobody says so in time. */
export type Resolve = (host: string) => Promise<string[]>;

/** Asks the system as sockets do. */
export function systemResolve(host: string): Promise<string[]> {
  return new Promise((resolve) => {
    systemLookup(host, { all: true }, (error, found) =>
      resolve(error ? [] : found.map(({ address }) => address)),
    );
  });
}
