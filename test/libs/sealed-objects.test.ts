/** Reports and snapshots that are stored sealed: nothing of them can be read without a key, and keys can be changed. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Objects } from "../../libs/bus/bus.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { readRing, sealedObjects, storeKeysOf } from "../../libs/runtime/sealed-objects.ts";
import { temporaryFolder } from "../support/folders.ts";

const NAME = "run-1/report.json";
const TEXT = JSON.stringify({ name: "planted-word", spec: { target: "logs.example" } });

function memory(): { readonly stored: Map<string, string>; readonly objects: Objects } {
  const stored = new Map<string, string>();
  const objects: Objects = {
    put: async (name, text) => void stored.set(name, text),
    get: async (name) => stored.get(name),
    delete: async (name) => void stored.delete(name),
  };
  return { stored, objects };
}

test("what is stored tells nothing but the key's id, and comes back whole", async () => {
  const { stored, objects } = memory();
  const sealed = sealedObjects(objects, () => readRing("k1 first-key-of-this-test"));
  await sealed.put(NAME, TEXT);
  const kept = stored.get(NAME) ?? "";
  assert.match(kept, /^\{"sealed_by":"k1","aes_256_gcm":"[A-Za-z0-9+/=]+"\}$/);
  assert.doesNotMatch(kept + Buffer.from(kept, "base64").toString("latin1"), /planted|example|first-key/);
  assert.equal(await sealed.get(NAME), TEXT);
  await sealed.put(NAME, TEXT);
  assert.notEqual(stored.get(NAME), kept);
});

test("another key, another place and a changed byte open nothing", async () => {
  const { stored, objects } = memory();
  await sealedObjects(objects, () => readRing("k1 first-key-of-this-test")).put(NAME, TEXT);
  const read = (ring?: string, name = NAME) =>
    sealedObjects(objects, ring === undefined ? undefined : () => readRing(ring)).get(name);
  await assert.rejects(() => read(), /sealed with the key k1, which is not known here/);
  await assert.rejects(() => read("k2 second-key-of-this-test"), /sealed with the key k1/);
  await assert.rejects(() => read("k1 second-key-of-this-test"), /cannot be opened/);
  stored.set("run-2/report.json", stored.get(NAME) ?? "");
  await assert.rejects(() => read("k1 first-key-of-this-test", "run-2/report.json"), /cannot be opened/);
  const kept = stored.get(NAME) ?? "";
  stored.set(
    NAME,
    kept.replace(/.(?="\}$)/, (last) => (last === "A" ? "B" : "A")).replace(/(gcm":")./, "$1Z"),
  );
  await assert.rejects(() => read("k1 first-key-of-this-test"), /cannot be opened/);
});

test("keys are changed without a restart: the new one seals, the old one still opens", async () => {
  using folder = temporaryFolder();
  const file = join(folder.path, "keys");
  writeFileSync(file, "old old-key-of-this-test\n");
  const { stored, objects } = memory();
  const sealed = sealedObjects(
    objects,
    storeKeysOf({ ...readEnvironment({}), LOGBURST_STORE_KEYS_FILE: file }),
  );
  await objects.put("before", TEXT);
  await sealed.put("first", TEXT);
  writeFileSync(file, "# since today\nnew new-key-of-this-test\nold old-key-of-this-test\n");
  await sealed.put("second", TEXT);
  assert.match(stored.get("first") ?? "", /"old"/);
  assert.match(stored.get("second") ?? "", /"new"/);
  for (const name of ["before", "first", "second"]) assert.equal(await sealed.get(name), TEXT, name);
});

test("a ring that does not fit is refused without showing a key", () => {
  for (const text of [
    "",
    "k1 short",
    "k1 with spaces in-it-and-long",
    "k1 a-key-of-this-test\nk1 another-of-this-test",
  ])
    assert.throws(
      () => readRing(text),
      (error: Error) => {
        assert.match(error.message, /LOGBURST_STORE_KEYS_FILE/);
        assert.doesNotMatch(error.message, /short|in-it|another/);
        return true;
      },
    );
});
