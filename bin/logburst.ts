#!/usr/bin/env node
/** The one door: `logburst coordinator|worker|aggregator` runs a service, everything else is the command line. */

const SERVICES: Readonly<Record<string, () => Promise<{ main(args?: readonly string[]): Promise<void> }>>> = {
  coordinator: () => import("../services/coordinator/main.ts"),
  worker: () => import("../services/worker/main.ts"),
  aggregator: () => import("../services/aggregator/main.ts"),
};

const [first = "", ...rest] = process.argv.slice(2);
const isHelp = rest.some((word) => word === "--help" || word === "-h");
const service = isHelp || (rest.length > 0 && !rest[0]?.startsWith("--")) ? undefined : SERVICES[first];
const { main } = service ? await service() : await import("../services/cli/main.ts");
await main(rest).catch((error: unknown) => {
  process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
  for (const remedy of (error as { remedies?: readonly string[] }).remedies ?? [])
    process.stderr.write(`  remedy: ${remedy}\n`);
  process.exit(1);
});
