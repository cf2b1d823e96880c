/** The HTTP side that every service has: health, probes and metrics, on a server that can be closed. */

import { createServer } from "node:https";
import { Server as TlsServer } from "node:tls";
import { type ServerType, serve } from "@hono/node-server";
import { type Context, Hono } from "hono";
import { secureHeaders } from "hono/secure-headers";
import type { Registry } from "prom-client";
import type { Health } from "../protocol/api.ts";
import { LogburstError, messageOf } from "../protocol/errors.ts";
import { type Clock, isoTime } from "./clock.ts";
import { VERSION } from "./version.ts";

/** How many times its limit of a body is read before the connection is given up. */
const READ_ON_FACTOR = 16;

/** Reports and documents have their styles in them, so that each is one file; no other page may. */
const STYLED_WITHIN = /^\/(api\/|docs$)/;

/** The page of a report has its script in it too, and a policy of its own that allows that script, by its hash, and no other. */
const SCRIPTED_WITHIN = /^\/api\/v\d+\/runs\/[^/]+\/report$/;

const withinPage = (paths: RegExp) => (context: Context) =>
  paths.test(context.req.path) ? "'unsafe-inline'" : "";

/** Pages of this server need nothing from elsewhere, and stand in nobody's frame. No header lets other origins in. */
const HEADERS = {
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    baseUri: ["'none'"],
    connectSrc: ["'self'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
    imgSrc: ["'self'", "data:"],
    scriptSrc: ["'self'", withinPage(SCRIPTED_WITHIN)],
    styleSrc: ["'self'", withinPage(STYLED_WITHIN)],
  },
  referrerPolicy: "no-referrer",
  xFrameOptions: "DENY",
};

/** What is older is refused. */
const OLDEST = { minVersion: "TLSv1.3" } as const;

/** A certificate and its key, as PEM. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

export interface HealthSource {
  /** Whether the service can do its work now. */
  ready(): boolean;
  activeNodes(): number;
  runningTasks(): number;
}

/** An application with /health, /livez, /readyz and /metrics. */
export function createServiceApp(
  clock: Clock,
  registry: Registry,
  source: HealthSource,
  isTls = false,
): Hono {
  const app = new Hono();
  app.use(secureHeaders({ ...HEADERS, strictTransportSecurity: isTls }));
  app.get("/health", (context) => {
    const ready = source.ready();
    const health: Health = {
      status: ready ? "healthy" : "degraded",
      timestamp: isoTime(clock.nowMs()),
      version: VERSION,
      active_nodes: source.activeNodes(),
      running_tasks: source.runningTasks(),
    };
    return context.json(health, ready ? 200 : 503);
  });
  app.get("/livez", (context) => context.text("ok"));
  app.get("/readyz", (context) => (source.ready() ? context.text("ok") : context.text("not ready", 503)));
  app.get("/metrics", async (context) => {
    context.header("content-type", registry.contentType);
    return context.body(await registry.metrics());
  });
  return app;
}

/** Serves an application until it is closed: over TLS 1.3 where a certificate is given. */
export async function listen(app: Hono, host: string, port: number, tls?: Tls) {
  const secure = tls && { createServer, serverOptions: { ...tls, ...OLDEST } };
  const server = await new Promise<ServerType>((resolve, reject) => {
    const starting = serve({ fetch: app.fetch, hostname: host, port, ...secure }, () => resolve(starting));
    starting.on("error", reject);
  }).catch((cause: unknown) => {
    throw new LogburstError("internal", `HTTP cannot listen on ${host}:${port}: ${messageOf(cause)}`, {
      remedies: ["choose another port with LOGBURST_HTTP_PORT; 0 takes any free one"],
      cause,
    });
  });
  const address = server.address();
  const actualPort = address !== null && typeof address === "object" ? address.port : port;
  return {
    url: `${tls ? "https" : "http"}://${host.includes(":") ? `[${host}]` : host}:${actualPort}`,
    /** Connections from now on are shown another certificate. @throws where it does not go with its key */
    renew(next: Tls): void {
      if (server instanceof TlsServer) server.setSecureContext({ ...next, ...OLDEST });
    },
    async close(): Promise<void> {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        if ("closeAllConnections" in server) server.closeAllConnections();
      });
    },
  };
}

/**
 * A request's body as text. One that is too large is read on to its end, and not kept, before it is refused: an answer in the
 * middle of a body may never be read, and the rest of the body would stand before the connection's next request.
 *
 * @throws LogburstError `too_large`
 */
export async function bodyText(request: Request, maxBytes: number): Promise<string> {
  const kept: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of request.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes <= maxBytes) kept.push(chunk);
    if (bytes > maxBytes * READ_ON_FACTOR) break;
  }
  if (bytes <= maxBytes) return Buffer.concat(kept).toString("utf8");
  throw new LogburstError("too_large", `the request is larger than ${maxBytes} bytes`, {
    remedies: ["shorten the config's lists"],
  });
}
