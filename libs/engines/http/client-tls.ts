/** What connections over TLS are made with: whom to trust and what to show, as the files that a config names say now. */

import { X509Certificate } from "node:crypto";
import { createSecureContext, type SecureContext } from "node:tls";
import { LogburstError, messageOf } from "../../protocol/errors.ts";
import type { OpenOptions } from "../engine.ts";

/** Files are read again so often at most: a target that ends every connection must not have them read for each. */
const LOOK_AGAIN_MS = 1000;

export interface ClientTls {
  /** The name that the target's certificate must be for, where it is not that of its address. */
  readonly serverName: string | undefined;
  /** The same object as long as the files say the same. */
  context(): SecureContext;
}

/** PEM, as it stands in the files. */
interface Texts {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** @throws LogburstError `secret_unavailable` where a file cannot be read or used */
export function openTls({
  target: { tls },
  resolveSecret,
  now,
}: Pick<OpenOptions, "target" | "resolveSecret" | "now">): ClientTls | undefined {
  if (!tls) return undefined;
  const { ca_file: ca, cert_file: cert, key_file: key, server_name: serverName } = tls;
  const read = (file: string) => resolveSecret({ file });
  const readAll = (): Texts => ({
    ...(ca !== undefined && { ca: read(ca) }),
    ...(cert !== undefined && { cert: read(cert) }),
    ...(key !== undefined && { key: read(key) }),
  });
  let texts = readAll();
  let context = contextOf(texts);
  let lookedMs = now();

  function look(): void {
    lookedMs = now();
    try {
      const next = readAll();
      if (next.ca === texts.ca && next.cert === texts.cert && next.key === texts.key) return;
      context = contextOf(next);
      texts = next;
    } catch {
      // Half renewed, or away for a moment: the next look tells.
    }
  }

  return {
    serverName,
    context() {
      if (now() - lookedMs >= LOOK_AGAIN_MS) look();
      return context;
    },
  };
}

function contextOf(texts: Texts): SecureContext {
  // What is no certificate is passed over in silence by the context itself, and then nobody is trusted.
  if (texts.ca !== undefined) usable("ca_file", () => new X509Certificate(texts.ca as string));
  return usable("cert_file with its key_file", () => createSecureContext(texts));
}

/** The parser names what it expected, and cites nothing of what it read. */
function usable<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new LogburstError(
      "secret_unavailable",
      `the target's ${what} cannot be used: ${messageOf(cause)}`,
      {
        remedies: ["name files in PEM, the key without a passphrase and that of the certificate"],
        cause,
      },
    );
  }
}
