/** The part of a nats-server's configuration that says who may connect, and may do what: made from the table of permissions. */

import { namesFor } from "../protocol/names.ts";
import { type BusRole, permissionsOf } from "./permissions.ts";

export interface ServerTls {
  readonly certFile: string;
  readonly keyFile: string;
  /** Who vouches for the certificates of clients, which must then show one. */
  readonly clientCaFile?: string | undefined;
}

export interface ServerUsers {
  readonly prefix: string;
  /** The public key of each role's nkey. */
  readonly keys: Readonly<Record<BusRole, string>>;
  /** An account of Logburst's own on servers that others use too; the server's one account where it is not given. */
  readonly account?: string | undefined;
  readonly tls?: ServerTls | undefined;
}

/** An answer that comes later than this is worth nothing to whoever asked. */
const ANSWER_EXPIRES = "30s";

/** The text of a configuration file, to be started with or included. */
export function serverConfig({ prefix, keys, account, tls }: ServerUsers): string {
  const users = Object.entries(keys).map(([role, key]) => userOf(role as BusRole, key, prefix));
  const list = `users: [\n${users.join(",\n")}\n]`;
  const access =
    account === undefined
      ? `authorization {\n${indent(list)}\n}`
      : `accounts {\n  ${account} {\n    jetstream: enabled\n${indent(indent(list))}\n  }\n}`;
  return `${[...(tls ? [tlsOf(tls)] : []), access].join("\n\n")}\n`;
}

function userOf(role: BusRole, key: string, prefix: string): string {
  const { publish, subscribe, answers } = permissionsOf(role, namesFor(prefix));
  const permissions = [
    `publish: { allow: ${listOf(publish)} }`,
    `subscribe: { allow: ${listOf(subscribe)} }`,
    ...(answers ? [`allow_responses: { max: 1, expires: "${ANSWER_EXPIRES}" }`] : []),
  ];
  return indent(`# ${role}\n{ nkey: ${key}, permissions: {\n${indent(permissions.join("\n"))}\n} }`);
}

function listOf(subjects: readonly string[]): string {
  return `[\n${subjects.map((subject) => `  ${JSON.stringify(subject)}`).join("\n")}\n]`;
}

function tlsOf({ certFile, keyFile, clientCaFile }: ServerTls): string {
  const lines = [
    `cert_file: ${JSON.stringify(certFile)}`,
    `key_file: ${JSON.stringify(keyFile)}`,
    `min_version: "1.3"`,
    ...(clientCaFile === undefined ? [] : [`ca_file: ${JSON.stringify(clientCaFile)}`, "verify: true"]),
  ];
  return `tls {\n${indent(lines.join("\n"))}\n}`;
}

function indent(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
