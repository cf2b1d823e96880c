/** Which page an address means. It stands behind the #, so that the server is asked for one page alone. Pure. */

/** Pages that are told by their name alone. */
type PlainPage = "approvals" | "library" | "series" | "nodes" | "settings" | "kill";

export type Route =
  | { readonly page: "runs"; readonly name: string; readonly phase: string }
  /** `query`: the one that tables are narrowed to. */
  | { readonly page: "run"; readonly id: string; readonly query: string | undefined }
  /** The first one is what the others are held against. */
  | { readonly page: "compare"; readonly ids: readonly string[] }
  /** `clone`: the run whose config is the beginning. */
  | { readonly page: "new"; readonly clone: string | undefined }
  | { readonly page: PlainPage }
  | { readonly page: "entry"; readonly kind: string; readonly name: string }
  | { readonly page: "execution" | "one-series"; readonly id: string }
  | { readonly page: "unknown"; readonly path: string };

export const ALL_RUNS: Route = { page: "runs", name: "", phase: "" };

/** More lines in one chart nobody tells apart. */
export const MAX_COMPARED = 5;

/** @param hash of the address, with its # */
export function readRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const parameters = new URLSearchParams(search);
  const parts = path.split("/").filter((part) => part !== "");
  const names = parts.slice(1).map(decoded);
  const [first, second] = names;
  const unknown: Route = { page: "unknown", path };
  if (names.some((name) => name === undefined)) return unknown;
  switch (`${parts[0] ?? "runs"} ${names.length}`) {
    case "runs 0":
      return { page: "runs", name: parameters.get("name") ?? "", phase: parameters.get("phase") ?? "" };
    case "runs 1":
      return { page: "run", id: first ?? "", query: parameters.get("q") ?? undefined };
    case "compare 0":
      return { page: "compare", ids: idsOf(parameters) };
    case "new 0":
      return { page: "new", clone: parameters.get("clone") ?? undefined };
    case "approvals 0":
    case "library 0":
    case "series 0":
    case "nodes 0":
    case "settings 0":
    case "kill 0":
      return { page: parts[0] as PlainPage };
    case "library 2":
      return { page: "entry", kind: first ?? "", name: second ?? "" };
    case "executions 1":
      return { page: "execution", id: first ?? "" };
    case "series 1":
      return { page: "one-series", id: first ?? "" };
    default:
      return unknown;
  }
}

export function hashOf(route: Route): string {
  switch (route.page) {
    case "runs":
      return `#/runs${searchOf({ name: route.name, phase: route.phase })}`;
    case "run":
      return `#/runs/${encodeURIComponent(route.id)}${searchOf({ q: route.query })}`;
    case "compare":
      return `#/compare${searchOf({ runs: route.ids.join(",") })}`;
    case "new":
      return `#/new${searchOf({ clone: route.clone })}`;
    case "approvals":
    case "library":
    case "series":
    case "nodes":
    case "settings":
    case "kill":
      return `#/${route.page}`;
    case "entry":
      return `#/library/${encodeURIComponent(route.kind)}/${encodeURIComponent(route.name)}`;
    case "execution":
      return `#/executions/${encodeURIComponent(route.id)}`;
    case "one-series":
      return `#/series/${encodeURIComponent(route.id)}`;
    case "unknown":
      return `#${route.path}`;
    default:
      return route satisfies never;
  }
}

function idsOf(parameters: URLSearchParams): string[] {
  const ids = (parameters.get("runs") ?? "").split(",").filter((id) => id !== "");
  return [...new Set(ids)].slice(0, MAX_COMPARED);
}

function searchOf(fields: Readonly<Record<string, string | undefined>>): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined && value !== "") parameters.set(name, value);
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
