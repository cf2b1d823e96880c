/** nginx on a core of its own, which gives every query the same answer and counts the requests. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Child, startServer } from "../../services/cli/local/child.ts";
import { freePort } from "../../services/cli/local/free-port.ts";
import { eventually } from "../../test/support/eventually.ts";
import { SERVER_CORE } from "./cores.ts";
import type { Tools } from "./tools.ts";

/** Bytes of an answer's body, by the name of the size. */
export const SIZES = { small: 200, "10k": 10_000, "5m": 5_000_000 } as const;
export type Size = keyof typeof SIZES;

export interface WebServer extends AsyncDisposable {
  readonly url: string;
  readonly answerBytes: number;
  /** How many requests it got. */
  requests(): Promise<number>;
}

const LINE_BYTES = 200;
/** The longest word that nginx's configuration may hold is 4 KB. */
const WORD_LINES = 15;

/** One row of an answer: a line of JSON, as long as a short row of a log is. */
function line(index: number): string {
  const head = `{"_time":"2026-01-01T00:00:00Z","_stream":"{}","row":"${index % 10}","_msg":"`;
  return `${head.padEnd(LINE_BYTES - 3, "x")}"}\n`;
}

/** What stands in the place of a query: the answer as a text, or as a file where it is too long for one. */
function answerWords(size: Size, folder: string): string {
  const lines = Array.from({ length: SIZES[size] / LINE_BYTES }, (_, index) => line(index));
  if (size === "5m") {
    writeFileSync(join(folder, "answer.jsonl"), lines.join(""));
    return `location / { error_page 405 =200 /answer.jsonl; return 405; }
      location = /answer.jsonl { root ${folder}; sendfile on; }`;
  }
  const words: string[] = [];
  for (let at = 0; at < lines.length; at += WORD_LINES) words.push(lines.slice(at, at + WORD_LINES).join(""));
  const sets = words.map((word, index) => `set $w${index} '${word}';`).join("\n");
  return `location / { ${sets} return 200 "${words.map((_, index) => `\${w${index}}`).join("")}"; }`;
}

function configuration(size: Size, folder: string, port: number): string {
  return `worker_processes 1; master_process off; daemon off;
    pid ${folder}/nginx.pid; error_log ${folder}/error.log;
    events { worker_connections 4096; }
    http {
      access_log off; default_type application/stream+json; keepalive_requests 1000000000; keepalive_timeout 120s;
      client_body_temp_path ${folder}; proxy_temp_path ${folder}; fastcgi_temp_path ${folder};
      uwsgi_temp_path ${folder}; scgi_temp_path ${folder};
      server {
        listen 127.0.0.1:${port};
        location = /count { stub_status; }
        ${answerWords(size, folder)}
      }
    }`;
}

/** Starts it; undefined where there is no nginx. */
export async function startWebServer(
  tools: Tools,
  size: Size,
  folder: string,
): Promise<WebServer | undefined> {
  const nginx = tools.path("nginx");
  if (nginx === undefined) return undefined;
  const port = await freePort();
  const file = join(folder, "nginx.conf");
  writeFileSync(file, configuration(size, folder, port));
  const args = ["-c", SERVER_CORE, "env", `LD_LIBRARY_PATH=${tools.libraries}`, nginx, "-c", file];
  const child: Child = startServer("nginx", "taskset", args, join(folder, "nginx.log"));
  const url = `http://127.0.0.1:${port}`;
  async function requests(): Promise<number> {
    const text = await (await fetch(`${url}/count`)).text();
    return Number(/^ \d+ \d+ (\d+)/m.exec(text)?.[1]);
  }
  await eventually("nginx to answer", requests);
  return { url, answerBytes: SIZES[size], requests, [Symbol.asyncDispose]: child.stop };
}
