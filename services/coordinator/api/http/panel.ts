/** The panel: built files, read once and served as they are. What its names tell apart is kept by browsers for ever. */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { gzipSync } from "node:zlib";
import type { Context, Hono } from "hono";

interface PanelFile {
  readonly type: string;
  readonly plain: Uint8Array<ArrayBuffer>;
  readonly gzipped: Uint8Array<ArrayBuffer>;
  readonly etag: string;
  readonly caching: string;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
};

/** The builder puts a hash of the content into the names of the files there. */
const HASHED = /^assets\//;
const FOR_EVER = "public, max-age=31536000, immutable";
/** The page itself names the others, so it is asked for anew each time, and hardly ever sent. */
const ASKED_AGAIN = "no-cache";

const NOT_BUILT = "The panel is not built here: npm run build\n";

/** @param folder of the built panel; where there is none, the page says so */
export function addPanel(app: Hono, folder: string): void {
  const files = readPanel(folder);
  const page = files.get("index.html");
  if (!page) {
    app.get("/", (context) => context.text(NOT_BUILT, 404));
    return;
  }
  app.get("/", (context) => serveFile(context, page));
  for (const [path, file] of files) app.get(`/${path}`, (context) => serveFile(context, file));
}

function readPanel(folder: string): Map<string, PanelFile> {
  if (!existsSync(folder)) return new Map();
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    entries
      .filter((entry) => entry.isFile() && extname(entry.name) in TYPES)
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [relative(folder, file), fileOf(relative(folder, file), readFileSync(file))]),
  );
}

function fileOf(path: string, content: Buffer): PanelFile {
  return {
    type: TYPES[extname(path)] ?? "",
    plain: new Uint8Array(content),
    gzipped: new Uint8Array(gzipSync(content, { level: 9 })),
    etag: `"${createHash("sha256").update(content).digest("base64url").slice(0, 22)}"`,
    caching: HASHED.test(path) ? FOR_EVER : ASKED_AGAIN,
  };
}

function serveFile(context: Context, { type, plain, gzipped, etag, caching }: PanelFile): Response {
  context.header("etag", etag);
  context.header("cache-control", caching);
  context.header("vary", "accept-encoding");
  if (names(context.req.header("if-none-match"), etag)) return context.body(null, 304);
  const isZipped = /\bgzip\b/.test(context.req.header("accept-encoding") ?? "");
  if (isZipped) context.header("content-encoding", "gzip");
  return context.body(isZipped ? gzipped : plain, 200, { "content-type": type });
}

/** Whether a list of tags has this one; proxies that pack an answer weaken its tag. */
function names(tags: string | undefined, etag: string): boolean {
  return (tags ?? "").split(",").some((tag) => tag.trim().replace(/^W\//, "") === etag);
}
