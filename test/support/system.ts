/** A whole Logburst for a test: real NATS, real services as processes, driven through the same client as the command line. */

import type { Report } from "../../libs/protocol/report.ts";
import type { RunRecord } from "../../libs/protocol/run.ts";
import { systemClock } from "../../libs/runtime/clock.ts";
import { readEnvironment } from "../../libs/runtime/config.ts";
import { type Client, connectClient } from "../../services/cli/client.ts";
import { type Stack, type StackOptions, startStack } from "../../services/cli/local/stack.ts";

export interface System extends AsyncDisposable {
  readonly stack: Stack;
  readonly client: Client;
  /** Submits a config and waits for the end of its run. */
  run(config: object, onRecord?: (record: RunRecord) => void): Promise<{ record: RunRecord; report: Report }>;
}

export async function startSystem(options: Partial<StackOptions> & { workers: number }): Promise<System> {
  const environment = readEnvironment();
  const stack = await startStack({
    environment,
    clock: systemClock,
    natsUrl: undefined,
    logFolder: undefined,
    ...options,
  });
  const client = await connectClient(stack.clientEnvironment, stack.natsUrl, systemClock);
  return {
    stack,
    client,
    async run(config, onRecord) {
      const submitted = await client.submit(JSON.stringify(config));
      const following = client.follow(submitted.id, {
        record: (record) => onRecord?.(record),
        live: () => undefined,
      });
      const record = await Promise.race([following, stack.failure]);
      const report = await client.report(record.id);
      if (!report)
        throw new Error(`${record.id} is ${record.phase} without a report: ${record.failure ?? ""}`);
      return { record, report };
    },
    async [Symbol.asyncDispose]() {
      await client.close();
      await stack.close();
    },
  };
}

/** A config for a target, with whatever else a test is about. */
export function benchmark(
  url: string,
  spec: { workload: object; queries: object[] } & Record<string, unknown>,
): object {
  return {
    apiVersion: "benchmark.victorialogs.io/v1",
    kind: "BenchmarkConfig",
    metadata: { name: "test" },
    spec: { target: { url }, ...spec },
  };
}
