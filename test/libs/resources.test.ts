/** What a process may use: its own control group's limits, those around it, and the machine's where there are none. */

import assert from "node:assert/strict";
import { availableParallelism, totalmem } from "node:os";
import { test } from "node:test";
import { availableResources } from "../../libs/runtime/resources.ts";

/** A machine with these system files and no others. */
const resourcesWith = (files: Readonly<Record<string, string>>) =>
  availableResources((path) => files[path] ?? "");

const WHOLE_MACHINE = { cpuCores: availableParallelism(), memoryMb: Math.floor(totalmem() / 2 ** 20) };
const GROUP = "/sys/fs/cgroup";

const CASES: readonly (readonly [
  name: string,
  files: Readonly<Record<string, string>>,
  expected: { cpuCores: number; memoryMb: number },
])[] = [
  ["without control groups, the machine", {}, WHOLE_MACHINE],
  [
    "without limits, the machine",
    {
      "/proc/self/cgroup": "0::/",
      [`${GROUP}/cpu.max`]: "max 100000",
      [`${GROUP}/memory.max`]: "max",
    },
    WHOLE_MACHINE,
  ],
  [
    "in a container, its limits stand at the root",
    {
      "/proc/self/cgroup": "0::/",
      [`${GROUP}/cpu.max`]: "50000 100000",
      [`${GROUP}/memory.max`]: String(256 * 2 ** 20),
    },
    { cpuCores: 0.5, memoryMb: 256 },
  ],
  [
    "in a nested group, the tightest limit on the way counts",
    {
      "/proc/self/cgroup": "0::/load.slice/worker.service",
      [`${GROUP}/load.slice/cpu.max`]: "25000 100000",
      [`${GROUP}/load.slice/worker.service/cpu.max`]: "max 100000",
      [`${GROUP}/load.slice/memory.max`]: String(512 * 2 ** 20),
      [`${GROUP}/load.slice/worker.service/memory.max`]: String(128 * 2 ** 20),
    },
    { cpuCores: 0.25, memoryMb: 128 },
  ],
  [
    "version 1 has a folder for each controller",
    {
      "/proc/self/cgroup": "4:memory:/docker/a\n3:cpu,cpuacct:/docker/a\n1:name=systemd:/",
      [`${GROUP}/cpu,cpuacct/docker/a/cpu.cfs_quota_us`]: "75000",
      [`${GROUP}/cpu,cpuacct/docker/a/cpu.cfs_period_us`]: "100000",
      [`${GROUP}/cpu,cpuacct/cpu.cfs_quota_us`]: "-1",
      [`${GROUP}/cpu,cpuacct/cpu.cfs_period_us`]: "100000",
      [`${GROUP}/memory/memory.limit_in_bytes`]: "9223372036854771712",
      [`${GROUP}/memory/docker/a/memory.limit_in_bytes`]: String(64 * 2 ** 20),
    },
    { cpuCores: 0.75, memoryMb: 64 },
  ],
];

for (const [name, files, expected] of CASES) {
  test(`what a process may use: ${name}`, () => assert.deepEqual(resourcesWith(files), expected));
}
