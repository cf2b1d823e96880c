/**
 * `npm run screenshots`: pictures of every page of the panel, at three widths and in both themes, of a real run on a real
 * VictoriaLogs that is changed, and loses a worker, while it goes on.
 *   npm run screenshots [-- FOLDER]
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { openBrowser } from "../support/browser.ts";
import { startKubernetes } from "../support/kubernetes/api.ts";
import { fillWithPods } from "../support/kubernetes/pods.ts";
import { startTarget } from "../support/servers.ts";
import { startSystem } from "../support/system.ts";
import type { Place } from "./place.ts";
import { openStage, productionUrlOf } from "./stage.ts";

const WIDTHS_PX = [375, 1280, 2560] as const;
const THEMES = ["light", "dark"] as const;
const HEIGHT_PX = 900;

async function picture(page: Page, folder: string, { name, path, ready }: Place): Promise<void> {
  for (const width of WIDTHS_PX) {
    await page.setViewportSize({ width, height: HEIGHT_PX });
    for (const theme of THEMES) {
      await page.goto(path);
      await page.getByLabel("Colours").selectOption(theme);
      await page.locator(ready).first().waitFor();
      // Charts are drawn anew for their new width and colours: twice a frame, and they are there.
      await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
      await page.screenshot({ path: join(folder, `${name}-${width}-${theme}.png`), fullPage: true });
    }
  }
}

async function pictures(browser: Browser, folder: string): Promise<void> {
  await using target = await startTarget(20_000);
  await using kubernetes = await startKubernetes();
  fillWithPods(kubernetes);
  const serviceEnvironment = {
    KUBECONFIG: kubernetes.kubeconfig,
    LOGBURST_KUBERNETES: "on",
    LOGBURST_PRODUCTION_TARGETS: new URL(productionUrlOf(target.url)).host,
  };
  await using system = await startSystem({ workers: 3, servicesMayDie: true, serviceEnvironment });
  const stage = await openStage(system, target.url);
  const page = await browser.newPage({ locale: "en-GB" });
  for await (const place of stage) {
    await picture(page, folder, place);
    process.stderr.write(`${place.name}\n`);
  }
}

const folder = process.argv[2] ?? join("results", "screenshots");
mkdirSync(folder, { recursive: true });
const browser = await openBrowser();
try {
  await pictures(browser, folder);
} finally {
  await browser.close();
}
