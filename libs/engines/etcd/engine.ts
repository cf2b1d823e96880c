/** etcd over its JSON gateway: keys, transactions, watches and leases. What a run writes lies below a prefix of its own. */

import type { Variable } from "../../protocol/config/queries.ts";
import { LogburstError } from "../../protocol/errors.ts";
import type { CompiledQuery, Engine, OpenOptions, Session } from "../engine.ts";
import { openProcessTelemetry } from "../http/process-telemetry.ts";
import type { HttpRequest } from "../http/request.ts";
import { openHttp } from "../http/session.ts";
import { createLogin } from "./auth.ts";
import { gatewayPath, keysOf } from "./gateway.ts";
import { compilePlain } from "./operations.ts";
import type { EtcdOptions } from "./parts.ts";
import { fillKeys, removeKeys, sumOfVersions } from "./stateful.ts";
import { createTxns, isTxn, type TxnQuery } from "./txn.ts";
import { createWatches, type WatchQuery } from "./watch.ts";

export const etcd: Engine = {
  name: "etcd",
  isStateful: true,
  open: openEtcd,
  telemetry: (options) =>
    openProcessTelemetry(options, {
      figures: { grpc_server_handled_total: "queries" },
      version: { metric: "etcd_server_version", label: "server_version" },
    }),
};

const DEFAULT_VALUE_BYTES = 256;

function openEtcd(options: OpenOptions): Session {
  const { version, options: given = {} } = options.engine ?? {};
  const openedHttp = openHttp(options);
  const { session, driver, prefix, ask, warm } = openedHttp;
  const keys = keysOf(given.prefix === undefined ? undefined : String(given.prefix), options.scope);
  const settings: EtcdOptions = {
    valueBytes: Number(given.value_bytes ?? DEFAULT_VALUE_BYTES),
    keys: Number(given.keys ?? 0),
  };
  const gateway = prefix + gatewayPath(version);
  const login = createLogin(options, gateway, ask);
  const call = {
    headers: login.headers,
    async ask(path: string, body: object): Promise<Record<string, unknown>> {
      await login.ready();
      const answer = await ask({
        ...{ path: gateway + path, headers: login.headers(), body: JSON.stringify(body) },
        timeoutMs: CALL_TIMEOUT_MS,
      });
      if (answer.outcome === "ok") return JSON.parse(answer.text) as Record<string, unknown>;
      throw new LogburstError("internal", `etcd ${path}: ${answer.detail} ${answer.message}`);
    },
  };
  const parts = { driver, keys, gateway, call, now: options.now, target: options.target, settings };
  const txns = createTxns(parts);
  const watches = createWatches(parts);

  return {
    ...session,
    compile(query, shared: Readonly<Record<string, Variable>>): CompiledQuery {
      if (query.api === "txn") return txns.compile(query, shared);
      if (query.api === "watch") return watches.compile(query, shared);
      return compilePlain(parts, query, shared);
    },
    run(query, done) {
      const answered: typeof done = (outcome) => {
        login.heard(outcome);
        done(outcome);
      };
      if (isTxn(query)) txns.run(query as TxnQuery, answered);
      else driver.send(query as HttpRequest, answered);
    },
    subscribe: (query, delivered, done) => watches.subscribe(query as WatchQuery, delivered, done),
    async warm(connections) {
      try {
        await login.ready();
        await fillKeys(call, keys.data, settings);
      } catch (error) {
        return (error as Error).message;
      }
      return warm({ path: `${prefix}/health`, headers: login.headers() }, connections);
    },
    probe: () =>
      openedHttp.version(
        { path: `${prefix}/version` },
        (page) => /"etcdserver"\s*:\s*"([^"]*)"/.exec(page)?.[1],
      ),
    async verify(queries) {
      const counted = queries.filter(({ asked }) => asked.api === "txn");
      return await Promise.all(
        counted.map(async ({ query, asked }) => {
          const name = asked.pair?.name ?? asked.name;
          return { query, operations: await sumOfVersions(call, keys.counters(name)) };
        }),
      );
    },
    cleanup: () => removeKeys(call, keys.base),
  };
}

/** A run's keys are removed at once, however many they are. */
const CALL_TIMEOUT_MS = 30_000;
