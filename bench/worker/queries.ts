/** What is asked, by all generators alike: a query of LogsQL in a form, about 100 bytes. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";

export const PATH = "/select/logsql/query";
export const CONTENT_TYPE = "application/x-www-form-urlencoded";
export const QUERY = "level:={{ level }} | stats by (service) count() rows";
/** The worker has a mix of queries, which differ in their names and weights alone. */
export const QUERY_NAMES = ["a", "b", "c"];

/** The form that the worker sends, for generators that always send the same. */
export const BODY = `query=${encodeURIComponent(QUERY.replace("{{ level }}", '"error"'))}&timeout=10000ms`;

/** Writes what is asked as generators want it that read files: the body alone, and a script for wrk. */
export function writeAsked(folder: string): { readonly bodyFile: string; readonly wrkScript: string } {
  const [bodyFile, wrkScript] = [join(folder, "body.txt"), join(folder, "post.lua")];
  writeFileSync(bodyFile, BODY);
  const script = [
    'wrk.method = "POST"',
    `wrk.body = [[${BODY}]]`,
    `wrk.headers["content-type"] = "${CONTENT_TYPE}"`,
  ];
  writeFileSync(wrkScript, `${script.join("\n")}\n`);
  return { bodyFile, wrkScript };
}
