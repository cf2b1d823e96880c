/** Stored reports and snapshots, and files of reports, under a key: sealed by the first of a ring of keys, opened by whichever sealed them. */

import { z } from "zod";
import type { Objects } from "../bus/bus.ts";
import { parseMessage } from "../protocol/door.ts";
import { LogburstError } from "../protocol/errors.ts";
import type { Environment } from "./config.ts";
import { seal, unseal } from "./seal.ts";
import { readSecretFile } from "./secrets.ts";

/** Keys by their ids. The first one seals; the others are those of before, and open. */
export type KeyRing = ReadonlyMap<string, string>;

/** What is stored in place of a text. */
const Envelope = z.strictObject({
  sealed_by: z.string(),
  aes_256_gcm: z.string(),
  /** Of a file: which one it is, wherever it lies. */
  file: z.string().optional(),
});
type Envelope = z.infer<typeof Envelope>;

/** What the name of a sealed file ends in. */
const SEALED = ".sealed";

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

/** A run's file as it is written into a folder: sealed, if there are keys. */
export function sealedFile(
  run: string,
  [name, text]: readonly [name: string, text: string],
  keys: (() => KeyRing) | undefined,
): [name: string, text: string] {
  if (!keys) return [name, text];
  const file = `${run}/${name}`;
  return [name + SEALED, `${JSON.stringify({ ...envelopeOf(file, text, keys()), file })}\n`];
}

/** What stands in a file, whether it is sealed or not. */
export function openedFile(text: string, keys: (() => KeyRing) | undefined): string {
  return isSealed(text) ? opened(readEnvelope("the file", text).file ?? "", text, keys) : text;
}

/** Under its name, so that one object cannot be put in the place of another. */
function sealed(name: string, text: string, ring: KeyRing): string {
  return JSON.stringify(envelopeOf(name, text, ring));
}

function envelopeOf(name: string, text: string, ring: KeyRing): Envelope {
  const [[id, key] = ["", ""]] = ring;
  return { sealed_by: id, aes_256_gcm: seal(text, key, name) };
}

function isSealed(text: string): boolean {
  return text.startsWith('{"sealed_by"');
}

function readEnvelope(name: string, text: string): Envelope {
  const parsed = parseMessage(Envelope, Buffer.from(text));
  if (parsed.ok) return parsed.value;
  throw new LogburstError("bad_request", `${name} is sealed and not whole: ${parsed.reason}`);
}

function opened(name: string, text: string, keys: (() => KeyRing) | undefined): string {
  if (!isSealed(text)) return text;
  const { sealed_by: id, aes_256_gcm: body } = readEnvelope(name, text);
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
