/** The panel's files as they are served: under a strict policy, packed, and not sent again to whoever has them. */

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Registry } from "prom-client";
import { systemClock } from "../../libs/runtime/clock.ts";
import { createServiceApp } from "../../libs/runtime/http.ts";
import { addPanel } from "../../services/coordinator/api/http/panel.ts";
import { temporaryFolder } from "../support/folders.ts";

const PAGE = "<!doctype html><title>Logburst</title>";

function appWith(folder: string) {
  const source = { ready: () => true, activeNodes: () => 0, runningTasks: () => 0 };
  const app = createServiceApp(systemClock, new Registry(), source);
  addPanel(app, folder);
  app.get("/api/v1/report", (context) => context.html("<style></style>"));
  return app;
}

function builtPanel() {
  const folder = temporaryFolder();
  mkdirSync(join(folder.path, "assets"));
  writeFileSync(join(folder.path, "index.html"), PAGE);
  writeFileSync(join(folder.path, "assets", "index-abc.js"), "let a = 1;".repeat(100));
  writeFileSync(join(folder.path, ".built-from"), "nobody's affair");
  return folder;
}

test("the page may load this server's files and nothing else; a report may have its styles in it", async () => {
  using folder = builtPanel();
  const app = appWith(folder.path);
  const policy = async (path: string) =>
    (await app.request(path)).headers.get("content-security-policy") ?? "";
  for (const path of ["/", "/assets/index-abc.js"]) {
    assert.doesNotMatch(await policy(path), /unsafe|\*|https?:/);
    assert.match(await policy(path), /default-src 'none';.*script-src 'self' ?; style-src 'self'/);
  }
  assert.match(await policy("/api/v1/report"), /script-src 'self' ?; style-src 'self' 'unsafe-inline'/);
  // The page of a report says by its own policy which script that is.
  assert.match(await policy("/api/v1/runs/some/report"), /script-src 'self' 'unsafe-inline'; style-src/);
  assert.match(await policy("/api/v1/runs/some/report/more"), /script-src 'self' ?;/);
});

test("the page is asked for anew each time and its files never, and what a browser has is not sent again", async () => {
  using folder = builtPanel();
  const app = appWith(folder.path);
  const page = await app.request("/");
  assert.equal(await page.text(), PAGE);
  assert.equal(page.headers.get("cache-control"), "no-cache");
  const etag = page.headers.get("etag") ?? "";
  for (const tag of [etag, `W/${etag}`, `"other", ${etag}`]) {
    const again = await app.request("/", { headers: { "if-none-match": tag } });
    assert.deepEqual([again.status, await again.text()], [304, ""]);
  }
  const script = await app.request("/assets/index-abc.js", { headers: { "accept-encoding": "br, gzip" } });
  assert.match(script.headers.get("cache-control") ?? "", /immutable/);
  assert.equal(script.headers.get("content-encoding"), "gzip");
  assert.equal(gunzipSync(await script.arrayBuffer()).toString(), "let a = 1;".repeat(100));
  assert.equal((await app.request("/.built-from")).status, 404);
});

test("where the panel was not built, the page says how to build it", async () => {
  const answer = await appWith("/nowhere").request("/");
  assert.equal(answer.status, 404);
  assert.match(await answer.text(), /npm run build/);
});
