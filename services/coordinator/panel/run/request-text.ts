/** What a sample of an error says was sent, as something that can be sent again or looked at. Pure. */

/** As the engine writes it down: the path, then the arguments as they are, one behind another. */
export interface SentRequest {
  readonly method: string;
  readonly path: string;
  readonly fields: readonly (readonly [string, string])[];
}

/** Arguments of VictoriaLogs' endpoints: a query has words with a = in them, too. */
const NAMES =
  /(?:^| )(query|start|end|limit|timeout|step|offset|field|fields_limit|filter|ignore_pipes|max_values_per_field|max_value_len|refresh_interval|start_offset)=/g;

export function readRequest(text: string): SentRequest | undefined {
  const [, method, path, rest] = /^([A-Z]+) (\S+)(?: (.*))?$/s.exec(text) ?? [];
  if (method === undefined || path === undefined) return undefined;
  const found = [...(rest ?? "").matchAll(NAMES)];
  const fields = found.map((match, index): [string, string] => {
    const from = match.index + match[0].length;
    return [match[1] ?? "", (rest ?? "").slice(from, found[index + 1]?.index)];
  });
  return { method, path, fields };
}

export function queryOf({ fields }: SentRequest): string | undefined {
  return fields.find(([name]) => name === "query")?.[1];
}

/** What lets one in there is not told. */
export function curlOf(request: SentRequest, targetUrl: string): string {
  const data = request.fields.map(([name, value]) => `--data-urlencode ${quoted(`${name}=${value}`)}`);
  return ["curl", "-sS", ...data, quoted(originOf(targetUrl) + request.path)].join(" ");
}

/** The server's own page about the query, in the stretch of time that was asked for. */
export function vmuiOf(request: SentRequest, targetUrl: string): string | undefined {
  const query = queryOf(request);
  const prefixEnds = request.path.indexOf("/select/");
  if (query === undefined || prefixEnds < 0 || !/^https?:/.test(targetUrl)) return undefined;
  const at = (name: string) => Number(request.fields.find(([field]) => field === name)?.[1] ?? Number.NaN);
  const [startMs, endMs] = [at("start"), at("end")];
  const parameters = new URLSearchParams({ query });
  if (startMs < endMs) {
    parameters.set("g0.range_input", `${Math.round((endMs - startMs) / 1000)}s`);
    parameters.set("g0.end_input", new Date(endMs).toISOString().slice(0, 19));
    parameters.set("g0.relative_time", "none");
  }
  return `${originOf(targetUrl)}${request.path.slice(0, prefixEnds)}/select/vmui/#/?${parameters}`;
}

function originOf(targetUrl: string): string {
  return URL.canParse(targetUrl) ? new URL(targetUrl).origin : "";
}

/** For a shell: nothing in it means anything. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
