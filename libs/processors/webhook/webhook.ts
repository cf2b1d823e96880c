/** The webhook: each message is posted until it is taken, with growing pauses, as long as it is worth it. */

import { addressTrouble } from "../../protocol/config/processor-semantics.ts";
import type { Hook, WebhookConfig } from "../../protocol/config/processors.ts";
import type { SecretSource } from "../../protocol/config/scalars.ts";
import { LogburstError } from "../../protocol/errors.ts";
import { type Clock, sleep } from "../../runtime/clock.ts";
import type { TargetPolicy } from "../../targets/policy.ts";
import type { Processor, Told } from "../processor.ts";
import { envelopeOf, MEDIA_TYPE } from "./envelope.ts";
import { post } from "./post.ts";
import { signedHeaders } from "./signature.ts";

export interface WebhookParts {
  readonly clock: Clock;
  /** Which addresses may be told. */
  readonly targets: TargetPolicy;
  /** @throws LogburstError `secret_unavailable`, also where the source is none that a config may name */
  readonly secretOf: (source: SecretSource) => string;
  /** Names the deployment. */
  readonly source: string;
  /** In [0, 1). */
  readonly random: () => number;
}

/** The first pause, and the longest; each is up to twice the one before. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** Twice a second at first, then twice a minute: so many are hours more than any limit. */
const MAX_TRIES = 50;

/** @throws LogburstError where address or secret cannot be had */
export function createWebhook(config: WebhookConfig, parts: WebhookParts): Processor {
  const { clock, targets, secretOf, source, random } = parts;
  const url = addressOf(config, secretOf);
  const secret = config.secret_from && secretOf(config.secret_from);

  async function send<H extends Hook>(hook: H, told: Told[H], signal: AbortSignal): Promise<void> {
    const body = envelopeOf(hook, told, source);
    const untilMs = clock.nowMs() + (hook === "end" ? config.retry_for : 0);
    for (let attempt = 1; ; attempt++) {
      const answer = await once(told.id, body, signal);
      if (answer.kind === "taken") return;
      const pauseMs = Math.max(pauseAfter(attempt, random()), retryAfterMs(answer));
      const isLast = answer.kind === "refused" || attempt >= MAX_TRIES || clock.nowMs() + pauseMs > untilMs;
      if (isLast || signal.aborted) throw new Error(`${answer.why} (attempt ${attempt})`);
      await sleep(clock, pauseMs);
    }
  }

  async function once(id: string, body: string, signal: AbortSignal) {
    const timeout = new AbortController();
    const cancel = clock.after(config.timeout, () =>
      timeout.abort(new Error(`no answer within ${config.timeout / 1000} s`)),
    );
    const headers = signedHeaders(id, Math.floor(clock.nowMs() / 1000), body, secret);
    try {
      return await post(
        url,
        { ...headers, "content-type": MEDIA_TYPE },
        body,
        targets,
        AbortSignal.any([signal, timeout.signal]),
      );
    } finally {
      cancel();
    }
  }

  return {
    slices: (told, signal) => send("slices", told, signal),
    window: (told, signal) => send("window", told, signal),
    end: (told, signal) => send("end", told, signal),
  };
}

/** Between half of it and the whole, so that many who fail at once do not come again at once. */
function pauseAfter(attempt: number, chance: number): number {
  return Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (attempt - 1)) * (0.5 + chance / 2);
}

function retryAfterMs(answer: { readonly retryAfterS?: number } | object): number {
  return "retryAfterS" in answer && answer.retryAfterS !== undefined ? answer.retryAfterS * 1000 : 0;
}

function addressOf({ url, url_from: from }: WebhookConfig, secretOf: WebhookParts["secretOf"]): URL {
  const text = url ?? (from && secretOf(from)) ?? "";
  const trouble = addressTrouble(text);
  if (trouble === undefined) return new URL(text);
  throw new LogburstError("bad_config", `the webhook's address ${trouble}`, {
    remedies: ["have url_from lead to https://host/path"],
  });
}
