/** The `target` part of a config: where the queries go, and as whom. */

import { z } from "zod";
import { Duration, SecretSource } from "./scalars.ts";

const secret = (what: string) =>
  z.string().min(1).optional().describe(`${what}, inline; ${what}_from keeps it out of the file`);

export const Auth = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("none") }),
  z.strictObject({
    type: z.literal("basic"),
    username: z.string().min(1),
    password: secret("password"),
    password_from: SecretSource.optional(),
  }),
  z.strictObject({
    type: z.literal("bearer"),
    token: secret("token"),
    token_from: SecretSource.optional(),
  }),
  z.strictObject({
    type: z.literal("header"),
    name: z
      .string()
      .regex(/^[A-Za-z0-9-]+$/)
      .describe("the header's name"),
    value: secret("value"),
    value_from: SecretSource.optional(),
  }),
]);
export type Auth = z.infer<typeof Auth>;

/** The key of an auth type's secret; its source stands in the same key with `_from`. */
export const SECRET_KEYS = { none: undefined, basic: "password", bearer: "token", header: "value" } as const;

const UINT32_MAX = 4_294_967_295;

/** VictoriaLogs' tenant, sent as the headers AccountID and ProjectID; or Loki's, sent as X-Scope-OrgID. */
export const Tenant = z.strictObject({
  account_id: z.number().int().min(0).max(UINT32_MAX).default(0),
  project_id: z.number().int().min(0).max(UINT32_MAX).default(0),
  org: z
    .string()
    .regex(/^[A-Za-z0-9!_.*'()|-]{1,150}$/)
    .optional()
    .describe("Loki: the tenant's name, or several with | between"),
});
export type Tenant = z.infer<typeof Tenant>;

/** How long the client waits for the end of an answer when neither the target nor the query says. */
export const DEFAULT_CLIENT_TIMEOUT_MS = 30_000;

/** How often the server is asked how it does when the config does not say. */
const DEFAULT_METRICS_MS = 2000;

/** The server's own figures, which are read while the run lasts. */
const Metrics = z.strictObject({
  enabled: z.boolean().default(true),
  urls: z
    .array(z.string())
    .min(1)
    .optional()
    .describe(
      "pages in Prometheus text, one for each server of a cluster; the target's /metrics when not given",
    ),
  interval: Duration.default(DEFAULT_METRICS_MS).describe("how often they are read: 1s to 5m"),
});

/** Names that an address is given here, whatever a name server says: those of proxies within, for one. As in a Pod's spec. */
const HostAlias = z.strictObject({
  ip: z.string().regex(/^[0-9A-Fa-f.:]+$/),
  hostnames: z
    .array(z.string().regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/))
    .min(1)
    .max(20),
});
export type HostAlias = z.infer<typeof HostAlias>;

/** A path, and nothing that was meant to stand in the file. */
const FilePath = z.string().regex(/^[^\r\n]{1,1000}$/);

/** TLS with the target. Its files are read where it is asked, and again when they change. */
const TargetTls = z.strictObject({
  ca_file: FilePath.optional().describe(
    "who vouches for the target, in PEM; those that Node knows when not given",
  ),
  cert_file: FilePath.optional().describe(
    "the certificate that is shown to it, in PEM, where it asks for one",
  ),
  key_file: FilePath.optional().describe("the key of that certificate"),
  server_name: z
    .string()
    .regex(/^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/)
    .optional()
    .describe("the name that its certificate must be for (SNI); that of the url when not given"),
});
export type TargetTls = z.infer<typeof TargetTls>;

export const Target = z.strictObject({
  url: z.string().describe("http or https, with the path prefix if the server has one"),
  auth: Auth.default({ type: "none" }),
  tls: TargetTls.optional(),
  tenant: Tenant.optional(),
  headers: z
    .record(z.string().regex(/^[A-Za-z0-9-]+$/), z.string())
    .default({})
    .describe("further headers of every request"),
  timeout: Duration.optional().describe("the timeout argument that the server is asked to keep"),
  client_timeout: Duration.optional().describe(
    "how long the client waits for the end of an answer; 30s when not given",
  ),
  host_aliases: z
    .array(HostAlias)
    .max(20)
    .optional()
    .describe(
      "addresses of names, in place of what a name server says; the addresses themselves must be allowed",
    ),
  metrics: Metrics.optional().describe("the server's side of the run; read from /metrics when not given"),
});
export type Target = z.infer<typeof Target>;

/** The pages on which a target's servers tell how they do, and how often they are read; none where that is switched off. */
export function metricsOf({ url, metrics }: Target): { urls: readonly string[]; intervalMs: number } {
  if (metrics?.enabled === false) return { urls: [], intervalMs: DEFAULT_METRICS_MS };
  return {
    urls: metrics?.urls ?? [`${url.replace(/\/+$/, "")}/metrics`],
    intervalMs: metrics?.interval ?? DEFAULT_METRICS_MS,
  };
}
