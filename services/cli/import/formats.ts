/** From a line of a log to the request that it tells of: VictoriaLogs' log of slow queries, access logs, JSON. */

/** A request as a log tells it. */
export interface LoggedRequest {
  /** When it came, in epoch milliseconds, if the line says. */
  readonly atMs: number | undefined;
  /** Path and arguments. */
  readonly target: string;
}

export type ReadLine =
  | { readonly kind: "request"; readonly request: LoggedRequest }
  | { readonly kind: "skipped"; readonly why: string };

const skipped = (why: string): ReadLine => ({ kind: "skipped", why });

/** Reads a line, of whatever format it is. What it says of a skipped line is never the line's own text. */
export function readLine(line: string): ReadLine {
  if (line.trimStart().startsWith("{")) return readJson(line);
  if (SLOW_QUERY.test(line)) return readSlowQuery(line, TIME.exec(line)?.[0]);
  const access = ACCESS.exec(line);
  if (access) return readAccess(access);
  return skipped("tells of no request: it is no slow query, no line of an access log, and no JSON");
}

/** Since v1.38: `…: remoteAddr=…, duration=1.234 seconds; requestURI: "…"`; since v1.53 with totalDuration and waitDuration. */
const SLOW_QUERY = /slow query according to -search\.logSlowQueryDuration/;
const SLOW_DURATION = /\b(?:totalDuration|duration)=(\d+(?:\.\d+)?) seconds/;
const SLOW_TARGET = /requestURI[:=] ?"((?:[^"\\]|\\.)*)"/;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/;

/** The line is written when the query has ended. */
function readSlowQuery(text: string, time: unknown): ReadLine {
  const target = SLOW_TARGET.exec(text)?.[1];
  if (target === undefined) return skipped("is a slow query without its requestURI");
  const durationMs = Number(SLOW_DURATION.exec(text)?.[1] ?? 0) * 1000;
  const endedMs = timeOf(time);
  const atMs = endedMs === undefined ? undefined : endedMs - durationMs;
  return { kind: "request", request: { atMs, target: unquoted(target) } };
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r" };

/** Text as Go quotes it. */
function unquoted(text: string): string {
  return text.replace(/\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|(.))/gi, (_all, byte, unit, mark) =>
    mark === undefined ? String.fromCharCode(Number.parseInt(byte ?? unit, 16)) : (ESCAPES[mark] ?? mark),
  );
}

/** The combined format, and whatever has its time and request in this order. */
const ACCESS =
  /\[(\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "([A-Z]+) (\S+)(?: HTTP\/[\d.]+)?" (\d{3})\b/;

function readAccess([, time, method = "", target = "", status]: RegExpExecArray): ReadLine {
  return requestOf(target, method, Number(status), timeOf(time));
}

function requestOf(target: string, method: string, status: number, atMs: number | undefined): ReadLine {
  // An error of the client's is none of the load: nothing was searched.
  if (status >= 400 && status < 500) return skipped(`was answered ${status}`);
  if (method === "POST" && !/[?&]query=/.test(target))
    return skipped("is a POST whose query is not in its address");
  return { kind: "request", request: { atMs, target } };
}

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";

/** A time as logs write it: RFC 3339, that of access logs, or a number of seconds or parts of them. */
function timeOf(value: unknown): number | undefined {
  if (typeof value === "number") return epochMs(value);
  if (typeof value !== "string") return undefined;
  if (/^\d{9,19}(\.\d+)?$/.test(value)) return epochMs(Number(value));
  const access = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):([\d:]{8}) ([+-]\d\d)(\d\d)$/.exec(value);
  if (access) {
    const [, day, name = "", year, clock, hours, minutes] = access;
    const month = String(MONTHS.indexOf(name) / 3 + 1).padStart(2, "0");
    return parsed(`${year}-${month}-${day}T${clock}${hours}:${minutes}`);
  }
  return parsed(/T[\d:.]+$/.test(value) ? `${value}Z` : value);
}

function parsed(text: string): number | undefined {
  const atMs = Date.parse(text);
  return Number.isNaN(atMs) ? undefined : atMs;
}

/** Seconds, milliseconds, microseconds or nanoseconds, by how large it is: as VictoriaLogs takes them. */
export function epochMs(value: number): number {
  const size = Math.abs(value);
  if (size < 2 ** 31 * 2) return value * 1000;
  if (size < 2 ** 31 * 2e3) return value;
  return size < 2 ** 31 * 2e6 ? value / 1000 : value / 1e6;
}

type Fields = Readonly<Record<string, unknown>>;
const MESSAGE_KEYS = ["msg", "_msg", "message"];
const TIME_KEYS = ["ts", "time", "_time", "timestamp", "@timestamp", "time_iso8601", "time_local"];
const TARGET_KEYS = ["request_uri", "requestURI", "uri", "url", "path", "request"];
/** What a line may say of a query that is no address. */
const ARGUMENT_KEYS = ["start", "end", "time", "limit", "timeout", "step", "offset", "field", "fields_limit"];

function readJson(line: string): ReadLine {
  const fields = parseFields(line);
  if (!fields) return skipped("is not JSON");
  const first = (keys: readonly string[]) =>
    keys.map((key) => fields[key]).find((value) => value !== undefined);
  const time = first(TIME_KEYS);
  const message = first(MESSAGE_KEYS);
  if (typeof message === "string" && SLOW_QUERY.test(message)) return readSlowQuery(message, time);
  const target = first(TARGET_KEYS);
  if (typeof target === "string") {
    const [, method, address = target] = /^([A-Z]+) (\S+)/.exec(target) ?? [];
    const { args } = fields;
    const whole =
      typeof args === "string" && args !== "" && !address.includes("?") ? `${address}?${args}` : address;
    const seconds = Number(fields.request_time ?? 0);
    const endedMs = timeOf(time);
    const atMs = endedMs === undefined ? undefined : endedMs - (seconds > 0 ? seconds * 1000 : 0);
    return requestOf(
      whole,
      method ?? String(fields.method ?? fields.request_method ?? ""),
      Number(fields.status),
      atMs,
    );
  }
  if (typeof fields.query === "string") {
    const given = ARGUMENT_KEYS.filter(
      (key) => ["string", "number"].includes(typeof fields[key]) && fields[key] !== time,
    );
    const args = new URLSearchParams([
      ["query", fields.query],
      ...given.map((key): [string, string] => [key, String(fields[key])]),
    ]);
    const api = typeof fields.api === "string" ? fields.api : "query";
    return { kind: "request", request: { atMs: timeOf(time), target: `/select/logsql/${api}?${args}` } };
  }
  return skipped("is JSON that tells of no request: it has neither an address nor a query");
}

function parseFields(line: string): Fields | undefined {
  try {
    return JSON.parse(line) as Fields;
  } catch {
    return undefined;
  }
}
