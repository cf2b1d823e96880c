/** Certificates for tests, made by openssl in a folder: CAs, and what they vouch for. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate and its key as files, in PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** As TLS options have them. */
export const pemOf = ({ cert, key }: CertificateFiles) => ({
  cert: readFileSync(cert, "utf8"),
  key: readFileSync(key, "utf8"),
});

const NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];

export function makeCa(folder: string, name: string): CertificateFiles {
  const files = filesIn(folder, name);
  openssl("req", "-x509", ...NEW_KEY, "-days", "2", "-subj", `/CN=${name}`, ...outOf(files));
  return files;
}

/** @param options subject's alternative names, and for how many days it is good: below 0 it has expired */
export function makeCertificate(
  folder: string,
  name: string,
  ca: CertificateFiles,
  { names = "DNS:localhost,IP:127.0.0.1", days = 2 } = {},
): CertificateFiles {
  const files = filesIn(folder, name);
  const request = join(folder, `${name}.csr`);
  const extensions = [
    "-addext",
    `subjectAltName=${names}`,
    "-addext",
    "extendedKeyUsage=serverAuth,clientAuth",
  ];
  openssl("req", ...NEW_KEY, "-subj", `/CN=${name}`, ...extensions, "-keyout", files.key, "-out", request);
  openssl(
    ...["x509", "-req", "-in", request, "-CA", ca.cert, "-CAkey", ca.key, "-CAcreateserial"],
    ...["-copy_extensions", "copy", "-days", String(days), "-out", files.cert],
  );
  return files;
}

function filesIn(folder: string, name: string): CertificateFiles {
  return { cert: join(folder, `${name}.crt`), key: join(folder, `${name}.key`) };
}

const outOf = ({ cert, key }: CertificateFiles) => ["-keyout", key, "-out", cert];

function openssl(...args: string[]): void {
  execFileSync("openssl", args, { stdio: "pipe" });
}
