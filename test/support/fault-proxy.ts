/** A TCP proxy that can fail like a network: cut off with a reset, or half-open, where bytes vanish and nobody is told. */

import { createConnection, createServer, type Socket } from "node:net";

export interface FaultProxy extends AsyncDisposable {
  readonly port: number;
  /** Resets every connection, and every new one, until it is healed. */
  cut(): void;
  /** Swallows what both sides say, without a word, until it is healed. */
  halfOpen(): void;
  /** New connections pass again. Those whose bytes were swallowed are reset, as by a router that no longer knows them. */
  heal(): void;
}

type Condition = "whole" | "cut" | "half-open";

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  hasLost: boolean;
}

export async function startFaultProxy(targetPort: number): Promise<FaultProxy> {
  let condition: Condition = "whole";
  const pairs = new Set<Pair>();

  function reset({ near, far }: Pair): void {
    near.resetAndDestroy();
    far.resetAndDestroy();
  }

  function pass(pair: Pair, from: Socket, to: Socket): void {
    from.on("data", (bytes) => {
      if (condition === "whole") to.write(bytes);
      else pair.hasLost = true;
    });
    from.on("end", () => to.end());
    from.on("error", () => to.destroy());
    from.on("close", () => {
      to.destroy();
      pairs.delete(pair);
    });
  }

  const server = createServer({ noDelay: true }, (near) => {
    const far = createConnection({ port: targetPort, host: "127.0.0.1", noDelay: true });
    const pair: Pair = { near, far, hasLost: condition === "half-open" };
    pairs.add(pair);
    pass(pair, near, far);
    pass(pair, far, near);
    if (condition === "cut") reset(pair);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    cut() {
      condition = "cut";
      for (const pair of pairs) reset(pair);
    },
    halfOpen() {
      condition = "half-open";
    },
    heal() {
      condition = "whole";
      for (const pair of pairs) if (pair.hasLost) reset(pair);
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const pair of pairs) reset(pair);
      await closed;
    },
  };
}
