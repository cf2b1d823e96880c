/** Fills a VictoriaLogs with the demo's lines, unless they are there. */

import { request } from "undici";
import { LogburstError, messageOf } from "../../../libs/protocol/errors.ts";
import { type Clock, sleep } from "../../../libs/runtime/clock.ts";
import { DEMO_JOB, logLine, STREAM_FIELDS } from "./log-lines.ts";

export interface SeedOptions {
  readonly url: string;
  readonly clock: Clock;
  readonly seed: number;
  readonly lines: number;
  readonly onProgress: (written: number) => void;
}

/** The lines cover so much time, up to now. */
const DEMO_SPAN_MS = 6 * 3_600_000;
const LINES_PER_REQUEST = 5000;
/** Written lines become visible within a second, their streams within ten. */
const VISIBLE_LIMIT_MS = 20_000;
const VISIBLE_POLL_MS = 100;
const DAY_MS = 86_400_000;
/** Where lines lie in two days, some queries miss one day's for most of a second after others have seen them all. */
const TWO_DAYS_COUNTS = 15;
/** Lines that are a bit older than the span still serve. */
const SLACK_MS = 1_800_000;

/** @returns how many lines were written: none when enough of them are there and recent */
export async function seedLogs(options: SeedOptions): Promise<number> {
  const { url, clock, lines, seed, onProgress } = options;
  if ((await countRecent(url)) >= lines) return 0;
  const endMs = clock.nowMs();
  const stepMs = DEMO_SPAN_MS / lines;
  for (let first = 0; first < lines; first += LINES_PER_REQUEST) {
    const rows: string[] = [];
    for (let index = first; index < Math.min(lines, first + LINES_PER_REQUEST); index++) {
      rows.push(JSON.stringify(logLine(seed, index, endMs - DEMO_SPAN_MS + index * stepMs)));
    }
    await insert(url, rows.join("\n"));
    onProgress(first + rows.length);
  }
  const liesInTwoDays = Math.floor(endMs / DAY_MS) > Math.floor((endMs - DEMO_SPAN_MS) / DAY_MS);
  await waitUntilShown(options, liesInTwoDays ? TWO_DAYS_COUNTS : 1);
  return lines;
}

/** @param counts that have to find all lines, one after the other */
async function waitUntilShown({ url, clock, lines }: SeedOptions, counts: number): Promise<void> {
  const untilMs = clock.nowMs() + VISIBLE_LIMIT_MS;
  let found = 0;
  while (true) {
    found = (await countRecent(url)) < lines ? 0 : found + 1;
    if (found >= counts) return;
    if (clock.nowMs() > untilMs) {
      throw new LogburstError("target_unreachable", `${url} took the demo's lines but does not show them`, {
        remedies: ["look at the server's retention: it must keep at least a day"],
      });
    }
    await sleep(clock, VISIBLE_POLL_MS);
  }
}

/**
 * How many lines a query is shown. New streams enter the server's index, which is one for each day, some seconds after their
 * lines can be counted; until then no line is shown, so lines are counted by their streams.
 */
async function countRecent(url: string): Promise<number> {
  // They are found by field and not by stream: the server remembers for seconds that a stream selector found nothing.
  const span = `${Math.round((DEMO_SPAN_MS + SLACK_MS) / 1000)}s`;
  const query = `job:="${DEMO_JOB}" _time:${span} | stats by (_stream) count() lines`;
  const text = await post(
    url,
    "/select/logsql/query",
    "application/x-www-form-urlencoded",
    `query=${encodeURIComponent(query)}`,
  );
  return [...text.matchAll(/"lines":"(\d+)"/g)].reduce((sum, [, lines]) => sum + Number(lines), 0);
}

async function insert(url: string, body: string): Promise<void> {
  const fields = `_stream_fields=${STREAM_FIELDS.join(",")}&_time_field=_time&_msg_field=_msg`;
  // With any other content type the server answers well and stores nothing.
  await post(url, `/insert/jsonline?${fields}`, "application/stream+json", body);
}

async function post(url: string, path: string, type: string, body: string): Promise<string> {
  const address = `${url.replace(/\/$/, "")}${path}`;
  try {
    const response = await request(address, { method: "POST", headers: { "content-type": type }, body });
    const text = await response.body.text();
    if (response.statusCode === 200) return text;
    throw new Error(`status ${response.statusCode}: ${text.slice(0, 200)}`);
  } catch (cause) {
    throw new LogburstError("target_unreachable", `${address} cannot be used: ${messageOf(cause)}`, {
      remedies: [
        "name a VictoriaLogs server that may be written to: --target http://host:9428",
        "or leave --target out: the demo then starts its own",
      ],
      cause,
    });
  }
}
