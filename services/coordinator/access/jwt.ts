/** JSON Web Tokens: signed by a key that is known, for this audience, by this issuer, in their time, with a role in a claim. */

import { createPublicKey, createSecretKey, type KeyObject } from "node:crypto";
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import { highestRole, isRole, type Role } from "../../../libs/protocol/roles.ts";
import { noRole } from "./refusals.ts";
import type { Principal } from "./tokens.ts";

export type KeySource =
  /** The issuer's own list, found by OpenID Connect discovery. */
  | { readonly kind: "issuer" }
  | { readonly kind: "jwks-url"; readonly url: string }
  | { readonly kind: "jwks"; readonly text: string }
  | { readonly kind: "public-key"; readonly pem: string }
  /** A secret that issuer and coordinators share. */
  | { readonly kind: "secret"; readonly secret: string };

export interface JwtSettings {
  readonly keys: KeySource;
  readonly issuer: string;
  readonly audience: string;
  /** Where the roles stand: names of nested claims, separated by dots. */
  readonly roleClaim: string;
  /** From values of the claim to roles; a role's own name always means it. */
  readonly roles: Readonly<Record<string, Role>>;
}

/** The algorithm is pinned to the kind of key: a public key must never be taken for a secret. */
const ASYMMETRIC = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"];
const SYMMETRIC = ["HS256", "HS384", "HS512"];
const CLOCK_TOLERANCE_S = 5;
const FETCH_TIMEOUT_MS = 5000;
/** A list of keys is asked for again at most so often, also where a token names a key that is not in it. */
const JWKS_COOLDOWN_MS = 30_000;
const MIN_SECRET_BYTES = 32;

/** @returns who a token is of; rejects with a Refusal where they have no role, else with an error of the library */
export type VerifyJwt = (token: string) => Promise<Principal>;

/** @throws LogburstError `bad_config` for keys that cannot be used */
export function createJwtVerifier(settings: JwtSettings, nowMs: () => number): VerifyJwt {
  const { issuer, audience, keys } = settings;
  const key = keyOf(keys, issuer);
  const algorithms = keys.kind === "secret" ? SYMMETRIC : ASYMMETRIC;
  return async (token) => {
    const options = {
      algorithms,
      issuer,
      audience,
      clockTolerance: CLOCK_TOLERANCE_S,
      requiredClaims: ["exp", "sub"],
      currentDate: new Date(nowMs()),
    };
    const { payload } =
      typeof key === "function" ? await jwtVerify(token, key, options) : await jwtVerify(token, key, options);
    const role = highestRole(rolesIn(payload, settings));
    if (role) return { name: String(payload.sub), role };
    throw noRole(String(payload.sub), settings.roleClaim);
  };
}

/** Whether it is the keys that could not be had, rather than the token that is no good. */
export function isKeyTrouble(error: unknown): boolean {
  return (
    error instanceof errors.JWKSTimeout ||
    error instanceof errors.JWKSInvalid ||
    !(error instanceof errors.JOSEError)
  );
}

function rolesIn(payload: JWTPayload, { roleClaim, roles }: JwtSettings): Role[] {
  let value: unknown = payload;
  for (const name of roleClaim.split("."))
    value =
      value !== null && typeof value === "object" ? (value as Record<string, unknown>)[name] : undefined;
  const words = Array.isArray(value) ? value : typeof value === "string" ? value.split(" ") : [];
  return words.flatMap((word) =>
    isRole(word) ? word : typeof word === "string" && Object.hasOwn(roles, word) ? (roles[word] as Role) : [],
  );
}

function keyOf(source: KeySource, issuer: string): KeyObject | JWTVerifyGetKey {
  try {
    switch (source.kind) {
      case "issuer":
        return discovered(issuer);
      case "jwks-url":
        return remote(new URL(source.url));
      case "jwks":
        return createLocalJWKSet(JSON.parse(source.text));
      case "public-key":
        return createPublicKey(source.pem);
      case "secret":
        return secretKey(source.secret);
      default:
        return source satisfies never;
    }
  } catch (cause) {
    throw new LogburstError("bad_config", `the keys for tokens cannot be used: ${messageOf(cause)}`, {
      cause,
    });
  }
}

function secretKey(secret: string): KeyObject {
  const bytes = Buffer.from(secret);
  if (bytes.length < MIN_SECRET_BYTES)
    throw new Error(`a secret of ${MIN_SECRET_BYTES} bytes or more is needed`);
  return createSecretKey(bytes);
}

/** Keys that came over a line that others can write on are nobody's. */
function remote(url: URL): JWTVerifyGetKey {
  const isHere = ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  if (url.protocol !== "https:" && !(url.protocol === "http:" && isHere))
    throw new Error(`${url.origin} is not https`);
  return createRemoteJWKSet(url, { timeoutDuration: FETCH_TIMEOUT_MS, cooldownDuration: JWKS_COOLDOWN_MS });
}

/** The issuer is asked where its keys are when the first token comes, and again as long as it does not say. */
function discovered(issuer: string): JWTVerifyGetKey {
  const url = new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  remote(url);
  let found: Promise<JWTVerifyGetKey> | undefined;

  async function discover(): Promise<JWTVerifyGetKey> {
    const answer = await fetch(url, { signal: AbortSignal.timeout(FETCH_TIMEOUT_MS), redirect: "error" });
    const document = (await answer.json()) as { issuer?: unknown; jwks_uri?: unknown };
    if (document.issuer !== issuer) throw new Error(`${url} is not the document of ${issuer}`);
    return remote(new URL(String(document.jwks_uri)));
  }

  return async (header, token) => {
    found ??= discover().catch((error: unknown) => {
      found = undefined;
      throw error;
    });
    return (await found)(header, token);
  };
}
