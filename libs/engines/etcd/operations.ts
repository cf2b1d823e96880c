/** The plain operations on etcd: one request, one answer. Each is harmless when it comes twice, as a redelivered slice asks it. */

import { compileTemplate, drawerOf, type Scalar } from "../../load/draw.ts";
import type { Query, Variable } from "../../protocol/config/queries.ts";
import type { AskedQuery } from "../../protocol/config/sides.ts";
import { clientTimeoutMs } from "../../protocol/config/timeouts.ts";
import type { CompiledQuery } from "../engine.ts";
import { type BodyScan, scanObject } from "../http/body.ts";
import { expectingScan } from "../http/expect.ts";
import type { HttpRequest } from "../http/request.ts";
import { base64, below, explain, PATHS } from "./gateway.ts";
import type { EtcdParts } from "./parts.ts";

/** An operation: where it goes, what counts as a row of its answer, and its body. */
interface Operation {
  readonly path: string;
  readonly scan: () => BodyScan;
  readonly body: (key: string) => string;
}

/** A range of all keys that the run has. */
const ALL = "*";

/** Text of so many bytes, as the gateway takes it. */
export function fillerOf(bytes: number): string {
  return base64("v".repeat(bytes));
}

/** Each key that is found has one of these, and nothing else has. */
const scanKeys = () => scanObject("mod_revision");

function operationOf({ params, api, limit }: Query, { keys, settings }: EtcdParts): Operation {
  const read = params.serializable === true ? { serializable: true } : {};
  const value = fillerOf(Number(params.value_bytes ?? settings.valueBytes));
  switch (api) {
    case "put":
      return {
        path: PATHS.put,
        scan: () => scanObject("revision"),
        body: (key) => `{"key":"${base64(keys.data + key)}","value":"${value}"}`,
      };
    case "get":
      return {
        path: PATHS.range,
        scan: scanKeys,
        body: (key) => JSON.stringify({ key: base64(keys.data + key), ...read }),
      };
    case "range":
      return {
        path: PATHS.range,
        scan: scanKeys,
        body: (key) =>
          JSON.stringify({
            ...below(keys.data + (key === ALL ? "" : key)),
            ...read,
            ...(limit && { limit }),
          }),
      };
    case "delete":
      return {
        path: PATHS.delete,
        scan: () => scanObject("deleted"),
        body: (key) => `{"key":"${base64(keys.data + key)}"}`,
      };
    case "lease":
      return {
        path: PATHS.lease,
        scan: () => scanObject("ID"),
        body: () => JSON.stringify({ TTL: Number(params.ttl) }),
      };
    default:
      throw new RangeError(`${api} is no operation of etcd`);
  }
}

export function compilePlain(
  parts: EtcdParts,
  query: AskedQuery,
  shared: Readonly<Record<string, Variable>>,
): CompiledQuery {
  const { call, gateway, target } = parts;
  const draw = drawerOf(query, shared);
  const template: (values: Readonly<Record<string, Scalar>>) => string = compileTemplate(query.template);
  const { path, scan: plainScan, body } = operationOf(query, parts);
  const { expect, api } = query;
  const scan = expectingScan(plainScan, expect);
  const timeoutMs = clientTimeoutMs(query, target);
  const where = gateway + path;
  return {
    prepare(context, arrival): HttpRequest {
      const key = template(draw(context, arrival).values);
      const headers = call.headers();
      const describe = () => `${api} ${key}`;
      return {
        method: "POST",
        path: where,
        headers,
        body: body(key),
        scan,
        timeoutMs,
        expect,
        explain,
        describe,
      };
    },
  };
}
