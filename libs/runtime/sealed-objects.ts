/** Stored reports and snapshots under a key: sealed by the first of a ring of keys, opened by whichever sealed them. */

import { z } from "zod";
import type { Objects } from "../bus/bus.ts";
import { parseObject } from "../protocol/door.ts";
import { LogburstError } from "../protocol/errors.ts";
import type { Environment } from "./config.ts";
import { seal, unseal } from "./seal.ts";
import { readSecretFile } from "./secrets.ts";

/** Keys by their ids. The first one seals; the others are those of before, and open. */
export type KeyRing = ReadonlyMap<string, string>;

/** What is stored in place of a text. */
const Envelope = z.strictObject({ sealed_by: z.string(), aes_256_gcm: z.string() });

const LINE = /^([A-Za-z0-9._-]{1,64})\s+(\S{16,})$/;
/** Rings are short: a key is only kept as long as something is stored that it sealed. */
const MAX_KEYS = 100;

/** The ring as its file says now, so that a key is changed without a restart; undefined where nothing is to be sealed. */
export function storeKeysOf(environment: Environment): (() => KeyRing) | undefined {
  const { LOGBURST_STORE_KEYS_FILE: file } = environment;
  if (file === undefined) return undefined;
  const read = () => readRing(readSecretFile(file));
  read();
  return read;
}

/** @param text lines of id and key @throws LogburstError `bad_config`, which shows no key */
export function readRing(text: string): KeyRing {
  const lines = text.split("\n").map((line) => line.trim());
  const pairs = lines.flatMap((line, index) => {
    if (line === "" || line.startsWith("#")) return [];
    const [, id, key] = LINE.exec(line) ?? [];
    if (id === undefined || key === undefined) throw badRing(`line ${index + 1} is not an id and a key`);
    return [[id, key] as const];
  });
  const ring = new Map(pairs);
  if (ring.size < pairs.length) throw badRing("an id stands there twice");
  if (ring.size === 0 || ring.size > MAX_KEYS) throw badRing(`there are ${ring.size} keys`);
  return ring;
}

function badRing(why: string): LogburstError {
  return new LogburstError("bad_config", `the file of LOGBURST_STORE_KEYS_FILE does not fit: ${why}`, {
    remedies: ["write lines of an id and a key of 16 characters or more: 2026-11 $(openssl rand -base64 32)"],
  });
}

/** A store whose texts are sealed, if there are keys. What was stored in the open before is read as it is. */
export function sealedObjects(objects: Objects, keys: (() => KeyRing) | undefined): Objects {
  return {
    async put(name, text) {
      await objects.put(name, keys ? sealed(name, text, keys()) : text);
    },
    async get(name) {
      const text = await objects.get(name);
      return text === undefined ? undefined : opened(name, text, keys);
    },
    delete: (name) => objects.delete(name),
  };
}

/** Under its name, so that one object cannot be put in the place of another. */
function sealed(name: string, text: string, ring: KeyRing): string {
  const [[id, key] = ["", ""]] = ring;
  return JSON.stringify({ sealed_by: id, aes_256_gcm: seal(text, key, name) } satisfies z.infer<
    typeof Envelope
  >);
}

function opened(name: string, text: string, keys: (() => KeyRing) | undefined): string {
  if (!text.startsWith('{"sealed_by"')) return text;
  const parsed = parseObject(Envelope, JSON.parse(text));
  if (!parsed.ok) throw new LogburstError("internal", `the sealed object ${name} ${parsed.reason}`);
  const { sealed_by: id, aes_256_gcm: body } = parsed.value;
  const key = keys?.().get(id);
  if (key !== undefined) return unseal(body, key, name);
  throw new LogburstError(
    "secret_unavailable",
    `${name} is sealed with the key ${id}, which is not known here`,
    {
      remedies: [`add ${id} to the file that LOGBURST_STORE_KEYS_FILE names`],
    },
  );
}
