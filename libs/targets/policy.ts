/** Which targets may be asked: decided by name, by port, and by every address that the name resolves to. Pure. */

import { isIP } from "node:net";
import { bareHost, forbiddenAddress, forbiddenName, isLoopbackAddress, isLoopbackHost } from "./addresses.ts";
import { readRules, type TargetRule } from "./rules.ts";

/** Under what a run was accepted: it travels with the run, so that workers need no settings. */
export interface AllowedTargets {
  /** Rules as they were written. */
  readonly rules: readonly string[];
  /** The leader listens on its own machine alone: what is there may be asked. */
  readonly local: boolean;
}

export interface TargetPolicy {
  readonly allowed: AllowedTargets;
  /**
   * Why a target must not be asked.
   * @param addresses to which its name resolves, each of which must be allowed; none where that is not known
   */
  refusal(host: string, port: number, addresses: readonly string[]): string | undefined;
}

const ANY: readonly string[] = ["*"];

/**
 * @param text rules as they are configured. Without any, everything but what is forbidden may be asked in local mode, and
 *   nothing otherwise
 */
export function policyOf(
  text: string | undefined,
  isLocal: boolean,
  from = "LOGBURST_TARGETS",
): TargetPolicy {
  const rules = text === undefined ? (isLocal ? ANY : []) : readRules(text, from).map((rule) => rule.text);
  return policyFrom({ rules, local: isLocal });
}

/** The policy under which a run was accepted. */
export function policyFrom(allowed: AllowedTargets): TargetPolicy {
  const rules = readRules(allowed.rules.join(" "), "the run's record");

  function refusal(host: string, port: number, addresses: readonly string[]): string | undefined {
    const name = bareHost(host);
    const asked = isIP(name) === 0 ? addresses : [name];
    const why = forbiddenName(name);
    if (why) return `${name} ${why}`;
    for (const address of asked) {
      const refused = refusedAddress(name, port, address);
      if (refused) return refused;
    }
    if (asked.length > 0) return undefined;
    const isNamed = rules.some((rule) => !rule.isRange && rule.fits(name, port));
    return isNamed
      ? undefined
      : `${name}:${port} is not among the allowed targets, and its addresses are not known`;
  }

  function refusedAddress(name: string, port: number, address: string): string | undefined {
    const shown = address === name ? name : `${name} (${address})`;
    const why = forbiddenAddress(address);
    if (why) return `${shown} ${why}`;
    if (rules.some((rule) => rule.isRange && rule.fits(address, port))) return undefined;
    if (isLoopbackAddress(address)) {
      if (allowed.local || (isLoopbackHost(name) && rules.some((rule) => isNamedBy(rule, name, port))))
        return undefined;
      return `${shown} is the machine that asks it`;
    }
    if (rules.some((rule) => !rule.isRange && rule.fits(name, port))) return undefined;
    return `${shown}, port ${port}, is not among the allowed targets`;
  }

  return { allowed, refusal };
}

/** A star names nothing in particular, and so not this machine. */
function isNamedBy(rule: TargetRule, name: string, port: number): boolean {
  return !rule.isRange && !rule.isAny && rule.fits(name, port);
}

/** Host and port of a target's address. */
export function hostAndPort(url: string): { host: string; port: number } {
  const { hostname, port, protocol } = new URL(url);
  return { host: bareHost(hostname), port: Number(port || (protocol === "https:" ? 443 : 80)) };
}
