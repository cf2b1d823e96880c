/** The HTTP side of a service on its address: over TLS where it has a certificate, which holds anew when its files change. */

import { LogburstError, messageOf } from "../protocol/errors.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Environment } from "../runtime/config.ts";
import { listen, type Tls } from "../runtime/http.ts";
import type { Log } from "../runtime/log.ts";
import { readSecretFile } from "../runtime/secrets.ts";
import { watchFile } from "./watch-file.ts";

export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

/** @throws LogburstError `bad_config`, `secret_unavailable`, `internal` where it cannot listen */
export async function serveHttp(
  app: Parameters<typeof listen>[0],
  environment: Environment,
  defaultPort: number,
  { clock, log }: { clock: Clock; log: Log },
): Promise<Served> {
  const { LOGBURST_HTTP_HOST: host, LOGBURST_HTTP_PORT: port = defaultPort } = environment;
  const files = certificateFiles(environment);
  const first = files && readTls(files);
  const http = await listen(app, host, port, first);
  if (!files || !first) return http;

  /** Files that do not fit together may be half renewed: the other one's change is waited for. */
  function renew(): void {
    try {
      http.renew(readTls(files as CertificateFiles));
      log.info("the certificate was renewed");
    } catch (error) {
      log.warn({ err: messageOf(error) }, "a certificate cannot be used; the one before still is");
    }
  }

  const ears = { changed: renew, gone: () => undefined };
  const watches = [
    watchFile(files.cert, first.cert, clock, ears, readTrimmed),
    watchFile(files.key, first.key, clock, ears, readTrimmed),
  ];
  return {
    url: http.url,
    async close() {
      for (const watch of watches) watch.close();
      await http.close();
    },
  };
}

interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Where the certificate and its key stand; none for plain HTTP. */
export function certificateFiles(environment: Environment): CertificateFiles | undefined {
  const { LOGBURST_HTTP_CERT: cert, LOGBURST_HTTP_KEY: key } = environment;
  if (cert !== undefined && key !== undefined) return { cert, key };
  if (cert === undefined && key === undefined) return undefined;
  throw new LogburstError("bad_config", "a certificate goes with its key", {
    remedies: ["set both LOGBURST_HTTP_CERT and LOGBURST_HTTP_KEY"],
  });
}

function readTls({ cert, key }: CertificateFiles): Tls {
  return { cert: readSecretFile(cert), key: readSecretFile(key) };
}

async function readTrimmed(file: string): Promise<string> {
  return readSecretFile(file);
}
