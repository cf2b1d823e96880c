/** The page of a run of a thousand queries a second on two hundred workers: all of its time, all of its workers, and never too much at once. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { openBrowser, openPage } from "../support/browser.ts";
import { BUSY, BUSY_RUN, HEAVY_QUERY, startBusyRun } from "../support/busy-run.ts";
import { eventually } from "../support/eventually.ts";

/** Seconds of the run before anybody looks. */
const PAST_S = 40;
/** Elements of a page with which a browser has no trouble. */
const MOST_ELEMENTS = 5000;

const elementsOf = (page: Page) => page.evaluate<number>('document.getElementsByTagName("*").length');

test("a busy run's page shows its whole past, finds each of two hundred workers, and stays small", async () => {
  await using run = await startBusyRun(PAST_S);
  await using browser = await openBrowser();
  const { page, troubles } = await openPage(browser);
  await page.goto(`${run.url}/#/runs/${BUSY_RUN}`);
  for (const chart of ["rate", "response", "heat", "flight", "queue", "server-cpu"])
    await page.locator(`[data-chart="${chart}"] canvas`).waitFor();
  const rows = page.locator("#nodes tbody tr");
  await eventually("the first workers are shown", async () => (await rows.count()) === 50);
  assert.ok((await elementsOf(page)) < MOST_ELEMENTS);

  await page.getByLabel("Find in Nodes").fill("worker-199");
  await eventually("the last one is found", async () => (await rows.count()) === 1);
  assert.match(await page.locator("#nodes .find").innerText(), /\b1 of 200\b/);
  await page.getByLabel("Find in Nodes").fill("");
  await page.locator("#nodes .more").click();
  await eventually("all of them are shown", async () => (await rows.count()) === BUSY.workers);
  assert.ok((await elementsOf(page)) < MOST_ELEMENTS);

  const ok = page.locator('[data-ledger="ok"]');
  run.advance();
  const before = await ok.innerText();
  await eventually("what comes is shown", async () => {
    run.advance();
    return (await ok.innerText()) !== before;
  });
  await page.locator("#queries").getByRole("link", { name: HEAVY_QUERY, exact: true }).click();
  await page.locator('[data-chart="query-response"] canvas').waitFor();
  const heard = await page.locator('[data-chart="query-rate"] .plot').getAttribute("aria-label");
  assert.match(heard ?? "", /sent \d/, "a query has a past before it is looked at");
  assert.deepEqual(troubles, []);
});
