/** Which page an address means. It stands behind the #, so that the server is asked for one page alone. Pure. */

export type Route =
  | { readonly page: "runs"; readonly name: string; readonly phase: string }
  /** `query`: the one that tables are narrowed to. */
  | { readonly page: "run"; readonly id: string; readonly query: string | undefined }
  | { readonly page: "unknown"; readonly path: string };

export const ALL_RUNS: Route = { page: "runs", name: "", phase: "" };

/** @param hash of the address, with its # */
export function readRoute(hash: string): Route {
  const [path = "", search = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const parameters = new URLSearchParams(search);
  const parts = path.split("/").filter((part) => part !== "");
  if (parts.length === 0 || (parts.length === 1 && parts[0] === "runs"))
    return { page: "runs", name: parameters.get("name") ?? "", phase: parameters.get("phase") ?? "" };
  const id = parts[0] === "runs" && parts.length === 2 ? decoded(parts[1] ?? "") : undefined;
  if (id !== undefined) return { page: "run", id, query: parameters.get("q") ?? undefined };
  return { page: "unknown", path };
}

export function hashOf(route: Route): string {
  switch (route.page) {
    case "runs":
      return `#/runs${searchOf({ name: route.name, phase: route.phase })}`;
    case "run":
      return `#/runs/${encodeURIComponent(route.id)}${searchOf({ q: route.query })}`;
    case "unknown":
      return `#${route.path}`;
    default:
      return route satisfies never;
  }
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
