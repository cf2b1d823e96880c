/**
 * Asks a server over TLS some times one after the other and prints each outcome as a line: a process of its own, because
 * which certificates are trusted is settled when a process starts. Usage: node tls-asker.js URL LANE COUNT
 */

import type { HttpLane } from "../../libs/engines/engine.ts";
import { drive } from "./driving.ts";

const [url = "", lane = "", count = "1"] = process.argv.slice(2);
await using driving = drive(new URL(url), lane as HttpLane);
for (let query = 0; query < Number(count); query++) {
  const { outcome, detail, bytes, rows } = await driving.ask();
  process.stdout.write(`${JSON.stringify({ outcome, detail, bytes, rows })}\n`);
}
