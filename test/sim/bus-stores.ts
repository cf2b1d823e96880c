/** Buckets and objects over a simulated link. */

import type { Bucket, Bus, Objects } from "../../libs/bus/bus.ts";
import type { KeyValues } from "./store.ts";
import type { Wire } from "./wire.ts";

type Stores = Pick<Bus, "runsBucket" | "leaseBucket" | "settingsBucket" | "libraryBucket" | "reportObjects">;

const API_TIMEOUT_MS = 5000;
/** A renewal of the lease that is not answered is tried again before the lease runs out. */
const LEASE_TIMEOUT_MS = 900;

export function storesOver(wire: Wire): Stores {
  return {
    runsBucket: async () => bucketOver(wire, wire.broker.runs, API_TIMEOUT_MS),
    leaseBucket: async () => bucketOver(wire, wire.broker.lease, LEASE_TIMEOUT_MS),
    settingsBucket: async () => bucketOver(wire, wire.broker.settings, API_TIMEOUT_MS),
    libraryBucket: async () => bucketOver(wire, wire.broker.library, API_TIMEOUT_MS),
    reportObjects: async () => objectsOver(wire),
  };
}

function bucketOver(wire: Wire, values: KeyValues, timeoutMs: number): Bucket {
  const { broker, process } = wire;
  const read = <T>(question: () => T) => wire.ask(question, timeoutMs);
  const write = <T>(change: () => T) => read(() => broker.writing(process, change));
  return {
    async get(key) {
      const entry = await read(() => values.get(key));
      return entry && { value: JSON.parse(entry.json), revision: entry.revision };
    },
    async text(key) {
      const entry = await read(() => values.get(key));
      return entry && { text: entry.json, revision: entry.revision };
    },
    put(key, value) {
      const json = JSON.stringify(value);
      return write(() => values.put(key, json));
    },
    create(key, value) {
      const json = JSON.stringify(value);
      return write(() => values.create(key, json));
    },
    update(key, value, revision) {
      const json = JSON.stringify(value);
      return write(() => values.update(key, json, revision));
    },
    async delete(key, revision) {
      await write(() => values.delete(key, revision));
    },
    keys: (filter) => read(() => values.keys(filter)),
  };
}

function objectsOver(wire: Wire): Objects {
  const { objects } = wire.broker;
  return {
    async put(name, text) {
      await wire.ask(() => objects.set(name, text), API_TIMEOUT_MS);
    },
    get: (name) => wire.ask(() => objects.get(name), API_TIMEOUT_MS),
    async delete(name) {
      await wire.ask(() => objects.delete(name), API_TIMEOUT_MS);
    },
  };
}
