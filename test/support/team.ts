/** A whole system as a team has it: people with tokens, a target and a way to it that is called production, asked over REST and by the command line. */

import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LibraryEntry } from "../../libs/protocol/library/entry.ts";
import type { Execution } from "../../libs/protocol/library/execution.ts";
import { isFinal, type RunRecord } from "../../libs/protocol/run.ts";
import { type Answered, createApiClient, type Method } from "./api-client.ts";
import { logburstIn } from "./cli.ts";
import { type CountingProxy, startCountingProxy } from "./counting-proxy.ts";
import { eventually } from "./eventually.ts";
import { temporaryFolder } from "./folders.ts";
import { startTarget } from "./servers.ts";
import { startSystem } from "./system.ts";

/** Who there is, and what they may do. */
const ROLES = { olga: "operator", anna: "approver", berta: "approver", vera: "viewer" } as const;
export type Person = keyof typeof ROLES;

export const tokenOf = (person: Person) => `${ROLES[person]}-token-of-${person}`;

export interface Team extends AsyncDisposable {
  readonly targetUrl: string;
  readonly apiUrl: string;
  readonly natsUrl: string;
  /** The way to the same server on which a run needs approval. */
  readonly production: CountingProxy;
  fileOf(name: string, text: string): string;
  /** @param path below `/api/v1` @param person olga, where nobody is named */
  ask(method: Method, path: string, body?: object, person?: Person): Promise<Answered>;
  put(document: object): Promise<LibraryEntry>;
  logburst(args: readonly string[], person?: Person): ReturnType<typeof logburstIn>;
  runNow(id: string): Promise<RunRecord>;
  executionNow(id: string): Promise<Execution>;
  endOfRun(id: string): Promise<RunRecord>;
  endOfExecution(id: string): Promise<Execution>;
}

/** @param environment of its services, besides */
export async function startTeam(environment: Readonly<Record<string, string>> = {}): Promise<Team> {
  const folder = temporaryFolder();
  const fileOf: Team["fileOf"] = (name, text) => {
    const file = join(folder.path, name);
    writeFileSync(file, text);
    return file;
  };
  const target = await startTarget(0);
  const production = await startCountingProxy(target.url);
  const tokens = Object.entries(ROLES).map(([name, role]) => `${role} ${name} ${tokenOf(name as Person)}\n`);
  const system = await startSystem({
    workers: 1,
    serviceEnvironment: {
      LOGBURST_TOKENS_FILE: fileOf("tokens", tokens.join("")),
      LOGBURST_PRODUCTION_TARGETS: new URL(production.url).host,
      ...environment,
    },
  });
  const api = await createApiClient(system.stack.apiUrl);
  const ask: Team["ask"] = (method, path, body, person = "olga") =>
    api.ask(method, `/api/v1${path}`, {
      headers: { authorization: `Bearer ${tokenOf(person)}` },
      ...(body && { body }),
    });
  const runNow: Team["runNow"] = async (id) => (await ask("GET", `/runs/${id}`)).json;
  const executionNow: Team["executionNow"] = async (id) => (await ask("GET", `/executions/${id}`)).json;
  return {
    ...{ apiUrl: system.stack.apiUrl, natsUrl: system.stack.natsUrl },
    ...{ targetUrl: target.url, production, fileOf, ask, runNow, executionNow },
    async put(document) {
      const answer = await ask("POST", "/library", document);
      assert.equal(answer.status, 200, answer.text);
      return answer.json;
    },
    logburst: (args, person = "olga") =>
      logburstIn({ NATS_URL: system.stack.natsUrl, LOGBURST_TOKEN: tokenOf(person) }, ...args),
    endOfRun: (id) =>
      eventually(`the end of run ${id}`, async () => {
        const run = await runNow(id);
        return isFinal(run.phase) && run;
      }),
    endOfExecution: (id) =>
      eventually(`the end of execution ${id}`, async () => {
        const execution = await executionNow(id);
        return execution.phase !== "running" && execution;
      }),
    async [Symbol.asyncDispose]() {
      await system[Symbol.asyncDispose]();
      await production[Symbol.asyncDispose]();
      await target[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
