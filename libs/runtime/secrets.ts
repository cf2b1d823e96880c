/** Secrets of a config: sealed before it travels, resolved where it is used, left out where it is shown. */

import { readFileSync } from "node:fs";
import { resolve, sep } from "node:path";
import type { SecretSource } from "../protocol/config/scalars.ts";
import type { ConfigDocument } from "../protocol/config/schema.ts";
import { type Auth, SECRET_KEYS } from "../protocol/config/target.ts";
import { LogburstError, messageOf } from "../protocol/errors.ts";
import { type Environment, isOwnVariable, secretFromEnvironment } from "./config.ts";
import { seal, unseal } from "./seal.ts";

/** The fleet's key, from the environment or a file; undefined when there is none. */
export function sealKeyOf(environment: Environment): string | undefined {
  const { LOGBURST_SEAL_KEY: key, LOGBURST_SEAL_KEY_FILE: file } = environment;
  return key ?? (file === undefined ? undefined : readSecretFile(file));
}

export function targetSecretsOf(environment: Environment): TargetSecrets {
  return { sealKey: sealKeyOf(environment), folder: environment.LOGBURST_TARGET_FILES };
}

/**
 * Replaces the secrets that stand in the config by their sealed forms.
 * @returns the config as it may be published, and a warning for each that was sealed
 */
export function sealConfig(
  document: ConfigDocument,
  key: string | undefined,
): { document: ConfigDocument; warnings: string[] } {
  const warnings: string[] = [];
  const sealed = withAuths(document, (auth, path) => {
    const name = SECRET_KEYS[auth.type as Auth["type"]];
    const plain = name && auth[name];
    if (!name || typeof plain !== "string") return auth;
    const place = `${path}.auth.${name}`;
    if (key === undefined) throw unsealable(place, name);
    warnings.push(`${place} stands in the config; ${name}_from keeps it out of the file`);
    const { [name]: _secret, ...rest } = auth;
    return { ...rest, [`${name}_from`]: { sealed: seal(plain, key) } };
  });
  return { document: sealed, warnings };
}

function unsealable(place: string, name: string): LogburstError {
  return new LogburstError(
    "bad_config",
    `${place} stands in the config, and there is no key to seal it with`,
    {
      remedies: [
        `write ${name}_from: {env: NAME} or ${name}_from: {file: /path}, resolved by the workers`,
        "or give coordinator and workers the same LOGBURST_SEAL_KEY",
      ],
    },
  );
}

/** A config as it may be shown: every secret and every sealed one is masked. */
export function maskConfig(document: ConfigDocument): ConfigDocument {
  return withAuths(document, (auth) => {
    const name = SECRET_KEYS[auth.type as Auth["type"]];
    if (!name) return auth;
    const masked = { ...auth };
    const from = masked[`${name}_from`] as SecretSource | undefined;
    if (name in masked) masked[name] = "(hidden)";
    if (from && "sealed" in from) masked[`${name}_from`] = { sealed: "(hidden)" };
    return masked;
  });
}

/** A target's auth as it is written. */
type WrittenAuth = Record<string, unknown>;

/** A config in which each target's auth, of one or of two, is replaced by what is made of it. */
function withAuths(
  document: ConfigDocument,
  make: (auth: WrittenAuth, path: string) => WrittenAuth,
): ConfigDocument {
  const changed = <T extends object>(target: T, path: string): T => {
    const { auth } = target as { auth?: WrittenAuth };
    return auth === undefined ? target : { ...target, auth: make(auth, path) };
  };
  const { target, targets } = document.spec;
  const spec = {
    ...document.spec,
    ...(target && { target: changed(target, "spec.target") }),
    ...(targets && {
      targets: { a: changed(targets.a, "spec.targets.a"), b: changed(targets.b, "spec.targets.b") },
    }),
  };
  return { ...document, spec };
}

/** Whether two configs show themselves to the target in the same way: a secret that is sealed twice looks like two. */
export function isSameAuth(a: Auth, b: Auth, sealKey: string | undefined): boolean {
  return JSON.stringify(opened(a, sealKey)) === JSON.stringify(opened(b, sealKey));
}

/** With its secret as it is, if that is known here. */
function opened(auth: Auth, sealKey: string | undefined): object {
  const name = SECRET_KEYS[auth.type];
  const { [`${name}_from`]: from, ...rest } = auth as Record<string, unknown>;
  const sealed = (from as { sealed?: string } | undefined)?.sealed;
  const parts =
    sealed === undefined || name === undefined || sealKey === undefined
      ? auth
      : { ...rest, [name]: unseal(sealed, sealKey) };
  return Object.fromEntries(Object.entries(parts).sort(([one], [other]) => (one < other ? -1 : 1)));
}

/** What the secrets that a config names are resolved with. */
export interface TargetSecrets {
  readonly sealKey: string | undefined;
  /** The folder whose files configs may name. */
  readonly folder: string;
}

/**
 * A secret that a config names, for a target or a webhook. Whoever submits a config could have it sent to an address of theirs: so it
 * may name neither a process's own settings nor, where somebody on another machine can ask for a run, any file but those that are there for this.
 * @throws LogburstError `secret_unavailable`
 */
export function configSecret(
  source: SecretSource,
  { sealKey, folder }: TargetSecrets,
  isLocal: boolean,
): string {
  if ("env" in source && isOwnVariable(source.env))
    throw new LogburstError("secret_unavailable", `the variable ${source.env} is not for configs`, {
      remedies: ["name another variable, and set it for the services that use it"],
    });
  if ("file" in source && !isLocal && !resolve(source.file).startsWith(resolve(folder) + sep))
    throw new LogburstError("secret_unavailable", `the file ${source.file} is not below ${folder}`, {
      remedies: ["put it there, or have LOGBURST_TARGET_FILES name its folder"],
    });
  return resolveSecret(source, sealKey);
}

/** The value of a secret, where it is used. */
function resolveSecret(source: SecretSource, sealKey: string | undefined): string {
  if ("sealed" in source) {
    if (sealKey !== undefined) return unseal(source.sealed, sealKey);
    throw new LogburstError(
      "secret_unavailable",
      "the config has a sealed secret, and this process has no key",
      {
        remedies: ["give the workers the coordinator's LOGBURST_SEAL_KEY"],
      },
    );
  }
  if ("file" in source) return readSecretFile(source.file);
  const value = secretFromEnvironment(source.env);
  if (value !== undefined && value !== "") return value;
  throw new LogburstError("secret_unavailable", `the environment variable ${source.env} is not set`, {
    remedies: [`set ${source.env} for the workers: they alone resolve secrets`],
  });
}

/** @throws LogburstError `secret_unavailable` */
export function readSecretFile(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (cause) {
    throw new LogburstError(
      "secret_unavailable",
      `the secret's file ${file} cannot be read: ${messageOf(cause)}`,
      {
        remedies: ["mount it where the process runs, readable for its user"],
        cause,
      },
    );
  }
}
