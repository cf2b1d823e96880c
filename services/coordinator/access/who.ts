/** Who asks: a principal that a token names, or somebody on this machine. Decides nothing about what they may do. */

import { isLoopbackAddress, isLoopbackHost } from "../../../libs/targets/addresses.ts";
import type { TargetRule } from "../../../libs/targets/rules.ts";
import type { Asker } from "../api/guard.ts";

/** Longer headers are no tokens. */
const MAX_AUTHORIZATION_CHARS = 16_384;

export interface Addressing {
  /** The service listens on this machine alone. */
  readonly isLocal: boolean;
  /** Proxies whose word on where a request comes from counts. */
  readonly trustedProxies: readonly TargetRule[];
}

/** Where a request comes from. */
export interface Origin {
  /** The nearest address that no trusted proxy speaks for. */
  readonly address: string;
  /** From this machine, with nobody in between. */
  readonly isLocal: boolean;
}

/**
 * A forwarding header counts where a trusted proxy sent it. From anybody else it grants nothing; but a request that has one
 * came through somebody, so it is not local. Neither is one that was meant for another host: a page whose name was made to
 * lead here would ask so.
 */
export function originOf(
  { address = "", forwardedFor, host = "" }: Asker,
  { isLocal, trustedProxies }: Addressing,
): Origin {
  const isTrusted = (hop: string) => trustedProxies.some((rule) => rule.fits(hop, 0));
  let nearest = address;
  const hops = (forwardedFor ?? "").split(",").map((hop) => hop.trim());
  while (isTrusted(nearest) && hops.length > 0) nearest = hops.pop() || nearest;
  return {
    address: nearest,
    isLocal:
      isLocal && forwardedFor === undefined && isLoopbackAddress(address) && isLoopbackHost(hostnameOf(host)),
  };
}

/** The token of an authorization header; undefined where there is none, and empty where it is not a bearer's. */
export function bearerOf(authorization: string | undefined): string | undefined {
  if (authorization === undefined) return undefined;
  if (authorization.length > MAX_AUTHORIZATION_CHARS) return "";
  return /^Bearer +([A-Za-z0-9._~+/=-]+) *$/i.exec(authorization)?.[1] ?? "";
}

function hostnameOf(host: string): string {
  return URL.canParse(`http://${host}`) ? new URL(`http://${host}`).hostname : "";
}
