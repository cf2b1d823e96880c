/**
 * A small Kubernetes API over real HTTPS: the BenchmarkConfigs of one namespace with watches, and Pods with events and logs. It knows
 * one token, and lets it do what the Role of the coordinator allows and nothing else.
 */

import { readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parseAllDocuments } from "yaml";
import { PACKAGE_ROOT } from "../../../libs/runtime/version.ts";
import { secureIn } from "../../../services/cli/local/secured.ts";
import { temporaryFolder } from "../folders.ts";
import { ObjectStore, Refusal, type Sent } from "./store.ts";

export const NAMESPACE = "logburst";
export const API_TOKEN = "planted-token-of-the-cluster";
const GROUP_PATH = `/apis/benchmark.victorialogs.io/v1/namespaces/${NAMESPACE}/benchmarkconfigs`;
const CORE_PATH = `/api/v1/namespaces/${NAMESPACE}`;

export interface Kubernetes extends AsyncDisposable {
  readonly store: ObjectStore;
  /** For KUBECONFIG. */
  readonly kubeconfig: string;
  /** Pods and events as the API lists them, and logs by the Pod's name and whether they are of before. */
  readonly pods: object[];
  readonly events: object[];
  readonly logs: Map<string, string>;
  /** What was asked for, as verb and resource. */
  readonly asked: Set<string>;
  /** What was refused, and why. */
  readonly refused: string[];
  /** Does something right before the next write comes in, as somebody else who is faster. */
  beforeNextWrite(doIt: () => void): void;
  /** Ends all watches. */
  dropWatches(): void;
  watches(): number;
}

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** What the coordinator's Role allows, as `group/resource verb`. */
function allowedByRole(): Set<string> {
  const text = readFileSync(join(PACKAGE_ROOT, "deploy", "base", "access.yaml"), "utf8");
  const documents = parseAllDocuments(text).map(
    (document) => document.toJS() as { kind: string; rules: Rule[] },
  );
  const role = documents.find(({ kind }) => kind === "Role");
  if (!role) throw new Error("deploy/base/access.yaml has no Role");
  return new Set(
    role.rules.flatMap(({ apiGroups, resources, verbs }) =>
      apiGroups.flatMap((group) =>
        resources.flatMap((resource) => verbs.map((verb) => `${group}/${resource} ${verb}`)),
      ),
    ),
  );
}

export async function startKubernetes(): Promise<Kubernetes> {
  const folder = temporaryFolder();
  const { caFile, certFile, keyFile } = await secureIn(folder.path);
  const store = new ObjectStore();
  const allowed = allowedByRole();
  const open = new Set<ServerResponse>();
  const state = { pods: [] as object[], events: [] as object[], logs: new Map<string, string>() };
  const asked = new Set<string>();
  const refused: string[] = [];
  let faster: (() => void) | undefined;

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", "https://localhost");
    if (request.headers.authorization !== `Bearer ${API_TOKEN}`) throw new Refusal(401, "Unauthorized");
    const wanted = requestOf(request.method ?? "GET", url);
    if (!wanted) throw new Refusal(404, "the server could not find the requested resource");
    const what = `${wanted.group}/${wanted.resource} ${wanted.verb}`;
    asked.add(what);
    if (!allowed.has(what)) throw new Refusal(403, `the coordinator may not ${what}`);
    if (wanted.verb === "watch") return watch(url, response);
    const body = await bodyOf(request);
    if (wanted.verb === "patch" || wanted.verb === "update") {
      const doIt = faster;
      faster = undefined;
      doIt?.();
    }
    const given = serve(wanted, body, url);
    if (typeof given === "string") response.setHeader("content-type", "text/plain").end(given);
    else response.setHeader("content-type", "application/json").end(JSON.stringify(given));
  }

  function serve({ resource, verb, name }: Wanted, body: Sent, url: URL): unknown {
    if (resource === "pods") return { kind: "PodList", apiVersion: "v1", metadata: {}, items: state.pods };
    if (resource === "events") {
      const pod = url.searchParams.get("fieldSelector")?.split("=")[1];
      const items = (state.events as { involvedObject: { name: string } }[]).filter(
        ({ involvedObject }) => involvedObject.name === pod,
      );
      return { kind: "EventList", apiVersion: "v1", metadata: {}, items };
    }
    if (resource === "pods/log") {
      const isOfBefore = url.searchParams.get("previous") === "true";
      const lines = (state.logs.get(isOfBefore ? `${name} previous` : name) ?? "").split("\n");
      return lines.slice(-Number(url.searchParams.get("tailLines") ?? lines.length)).join("\n");
    }
    if (verb === "list")
      return {
        kind: "BenchmarkConfigList",
        metadata: { resourceVersion: `${store.version()}` },
        items: store.list(),
      };
    if (verb === "patch") return store.patch(name, body);
    return store.putStatus(name, body);
  }

  /** Line by line, until the client or the server ends it. What is forgotten is told in the stream, as servers do. */
  function watch(url: URL, response: ServerResponse): void {
    response.setHeader("content-type", "application/json");
    const write = (type: string, object: unknown) => response.write(`${JSON.stringify({ type, object })}\n`);
    let missed: ReturnType<ObjectStore["since"]> = [];
    try {
      missed = store.since(Number(url.searchParams.get("resourceVersion")));
    } catch (error) {
      const { code, message } = error as Refusal;
      write("ERROR", { kind: "Status", status: "Failure", reason: "Expired", code, message });
      response.end();
      return;
    }
    for (const change of missed) write(change.type, change.object);
    write("BOOKMARK", { kind: "BenchmarkConfig", metadata: { resourceVersion: `${store.version()}` } });
    const stop = store.hear((change) => write(change.type, change.object));
    open.add(response);
    response.once("close", () => {
      stop();
      open.delete(response);
    });
  }

  const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) };
  const server = createServer(tls, (request, response) => {
    answer(request, response).catch((error: unknown) => {
      const { code = 500, message } = error as Refusal;
      refused.push(`${request.method} ${request.url}: ${code} ${message}`);
      response.statusCode = code;
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify({ kind: "Status", status: "Failure", code, message }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder.path, "kubeconfig");
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(`https://127.0.0.1:${port}`, caFile)));
  return {
    ...{ store, kubeconfig, asked, refused },
    ...state,
    beforeNextWrite(doIt) {
      faster = doIt;
    },
    dropWatches() {
      for (const response of open) response.destroy();
    },
    watches: () => open.size,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      folder[Symbol.dispose]();
    },
  };
}

interface Wanted {
  readonly group: string;
  readonly resource: string;
  readonly verb: string;
  readonly name: string;
}

function requestOf(method: string, { pathname, searchParams }: URL): Wanted | undefined {
  const isOurs = pathname.startsWith(GROUP_PATH);
  if (!isOurs && !pathname.startsWith(CORE_PATH)) return undefined;
  const rest = pathname
    .slice(isOurs ? GROUP_PATH.length : CORE_PATH.length)
    .split("/")
    .slice(1);
  const [kind = "", name = "", sub] = isOurs ? ["benchmarkconfigs", ...rest] : rest;
  const resource = sub === undefined ? kind : `${kind}/${sub}`;
  const verbs: Readonly<Record<string, string>> = {
    PATCH: "patch",
    PUT: "update",
    DELETE: "delete",
    POST: "create",
  };
  const reads = name !== "" ? "get" : searchParams.get("watch") === "true" ? "watch" : "list";
  return { group: isOurs ? "benchmark.victorialogs.io" : "", resource, name, verb: verbs[method] ?? reads };
}

async function bodyOf(request: IncomingMessage): Promise<Sent> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  return text === "" ? {} : (JSON.parse(text) as Sent);
}

function kubeconfigOf(server: string, caFile: string): object {
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "fake", cluster: { server, "certificate-authority": caFile } }],
    users: [{ name: "coordinator", user: { token: API_TOKEN } }],
    contexts: [{ name: "fake", context: { cluster: "fake", user: "coordinator", namespace: NAMESPACE } }],
    "current-context": "fake",
  };
}
