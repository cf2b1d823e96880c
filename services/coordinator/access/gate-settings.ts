/** What environment and settings say of who may use the API. */

import { LogburstError } from "../../../libs/protocol/errors.ts";
import { isRole, type Role } from "../../../libs/protocol/roles.ts";
import type { Clock } from "../../../libs/runtime/clock.ts";
import type { Environment } from "../../../libs/runtime/config.ts";
import type { Log } from "../../../libs/runtime/log.ts";
import { readSecretFile } from "../../../libs/runtime/secrets.ts";
import type { HotSettings } from "../../../libs/settings/settings.ts";
import { isLoopbackHost } from "../../../libs/targets/addresses.ts";
import { readRules } from "../../../libs/targets/rules.ts";
import type { Guard } from "../api/guard.ts";
import { createGate } from "./gate.ts";
import { createJwtVerifier, type KeySource, type VerifyJwt } from "./jwt.ts";
import { type FindToken, readTokens } from "./tokens.ts";

/** Who is known: by static tokens, and by signed ones. */
export interface Credentials {
  readonly findToken: FindToken | undefined;
  readonly verifyJwt: VerifyJwt | undefined;
}

/** @throws LogburstError `bad_config` that names the variable, `secret_unavailable` */
export function credentialsOf(environment: Environment, clock: Clock): Credentials {
  return { findToken: tokensOf(environment), verifyJwt: verifierOf(environment, clock) };
}

/** The files that credentials come from. */
export function credentialFiles(environment: Environment): string[] {
  const { LOGBURST_JWT_JWKS: jwks } = environment;
  return [
    environment.LOGBURST_TOKENS_FILE,
    jwks !== undefined && !isAddress(jwks) ? jwks : undefined,
    environment.LOGBURST_JWT_KEY_FILE,
    environment.LOGBURST_JWT_SECRET_FILE,
  ].filter((file) => file !== undefined);
}

/** The guard before every verb, as environment, settings and credentials are at each moment. */
export function gateOf(
  environment: Environment,
  hot: Pick<HotSettings, "apply">,
  credentials: () => Credentials,
  clock: Clock,
  log: Log,
): Guard {
  const isLocal = isLoopbackHost(environment.LOGBURST_HTTP_HOST);
  const busNeedsToken = environment.LOGBURST_BUS_ACCESS === "token";
  let set = { perSecond: environment.LOGBURST_API_RATE, trustedProxies: readRules("", "") };
  hot.apply(({ api_rate: perSecond = set.perSecond, trusted_proxies: proxies = [] }) => {
    set = { perSecond, trustedProxies: readRules(proxies.join(" "), "trusted_proxies") };
  });
  const { findToken, verifyJwt } = credentials();
  if (!isLocal && !findToken && !verifyJwt)
    log.warn(
      "no tokens are configured, so the API refuses everybody: set LOGBURST_TOKENS_FILE or LOGBURST_JWT_ISSUER",
    );
  return createGate(() => ({ isLocal, busNeedsToken, ...set, ...credentials() }), clock, log);
}

function tokensOf({ LOGBURST_TOKENS: text, LOGBURST_TOKENS_FILE: file }: Environment): FindToken | undefined {
  if (text !== undefined && file !== undefined) throw oneOf("LOGBURST_TOKENS", "LOGBURST_TOKENS_FILE");
  if (text !== undefined) return readTokens(text, "LOGBURST_TOKENS");
  return file === undefined ? undefined : readTokens(readSecretFile(file), "LOGBURST_TOKENS_FILE");
}

function verifierOf(environment: Environment, clock: Clock): VerifyJwt | undefined {
  const { LOGBURST_JWT_ISSUER: issuer, LOGBURST_JWT_AUDIENCE: audience } = environment;
  const keys = keysOf(environment);
  if (issuer === undefined && audience === undefined && keys.kind === "issuer") return undefined;
  if (issuer === undefined || audience === undefined) {
    throw new LogburstError("bad_config", "tokens are checked for their issuer and their audience", {
      remedies: ["set both LOGBURST_JWT_ISSUER and LOGBURST_JWT_AUDIENCE"],
    });
  }
  const roles = rolesOf(environment.LOGBURST_JWT_ROLES);
  return createJwtVerifier(
    { keys, issuer, audience, roleClaim: environment.LOGBURST_JWT_ROLE_CLAIM, roles },
    clock.nowMs,
  );
}

function keysOf(environment: Environment): KeySource {
  const {
    LOGBURST_JWT_JWKS: jwks,
    LOGBURST_JWT_KEY_FILE: key,
    LOGBURST_JWT_SECRET_FILE: secret,
  } = environment;
  if ([jwks, key, secret].filter((source) => source !== undefined).length > 1)
    throw oneOf("LOGBURST_JWT_JWKS", "LOGBURST_JWT_KEY_FILE", "LOGBURST_JWT_SECRET_FILE");
  if (jwks !== undefined)
    return isAddress(jwks) ? { kind: "jwks-url", url: jwks } : { kind: "jwks", text: readSecretFile(jwks) };
  if (key !== undefined) return { kind: "public-key", pem: readSecretFile(key) };
  return secret === undefined ? { kind: "issuer" } : { kind: "secret", secret: readSecretFile(secret) };
}

function isAddress(text: string): boolean {
  return /^https?:/.test(text);
}

/** `admin=sre-leads operator=sre` as a map from what a token says to a role. */
function rolesOf(text = ""): Record<string, Role> {
  const pairs = text.split(/[\s,]+/).filter((pair) => pair !== "");
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      const role = pair.slice(0, at);
      if (at > 0 && isRole(role) && at < pair.length - 1) return [pair.slice(at + 1), role];
      throw new LogburstError("bad_config", `LOGBURST_JWT_ROLES: "${pair}" maps no role`, {
        remedies: ["write pairs such as admin=sre-leads,operator=sre"],
      });
    }),
  );
}

function oneOf(...names: string[]): LogburstError {
  return new LogburstError("bad_config", `${names.join(" and ")} say the same thing twice`, {
    remedies: ["set one of them"],
  });
}
