/** Caps on load, of each target and in total: read from a setting, held against what live runs ask for. Pure. */

import { LogburstError } from "../protocol/errors.ts";
import type { Demand } from "../protocol/run.ts";

/** What can be capped. A run's duration is its own; of everything else the sum over live runs counts. */
const CAP_NAMES = ["rate", "users", "in_flight", "duration"] as const;
type CapName = (typeof CAP_NAMES)[number];

export type CapSet = Readonly<Partial<Record<CapName, number>>>;

export interface Caps {
  /** Of all live runs together. */
  readonly total: CapSet;
  /** Of the live runs on any one target. */
  readonly perTarget: CapSet;
}

interface CapWords {
  readonly unit: string;
  /** What of a config makes it less. */
  readonly remedy: string;
}

const WORDS: Readonly<Record<CapName, CapWords>> = {
  rate: { unit: "queries per second", remedy: "lower workload.target_qps or the stages' targets" },
  users: { unit: "users", remedy: "lower workload.total_concurrent_users or the stages' targets" },
  in_flight: {
    unit: "queries in flight",
    remedy:
      "lower the users, or in the open model the rate or client_timeout: each query may be out for so long",
  },
  duration: { unit: "seconds", remedy: "shorten workload.duration or the stages" },
};

const UNITS_S: Readonly<Record<string, number>> = { "": 1, s: 1, m: 60, h: 3600, d: 86_400 };

/**
 * Reads caps such as `rate=1000,users=500,in_flight=2000,duration=1h`; what is not named has none.
 * @param from the setting's name, for the error
 * @throws LogburstError `bad_config`
 */
export function readCaps(text: string | undefined, from: string): CapSet {
  const caps: Partial<Record<CapName, number>> = {};
  for (const word of (text ?? "").split(/[\s,]+/).filter((part) => part !== "")) {
    const [, name = "", amount = "", unit = ""] = /^([a-z_]+)=(\d+(?:\.\d+)?)([smhd]?)$/.exec(word) ?? [];
    if (!isCapName(name) || (unit !== "" && name !== "duration")) {
      throw new LogburstError("bad_config", `${from}: "${word}" is not a cap`, {
        remedies: ["write caps such as rate=1000,users=500,in_flight=2000,duration=1h"],
      });
    }
    caps[name] = Number(amount) * (UNITS_S[unit] as number);
  }
  return caps;
}

function isCapName(text: string): text is CapName {
  return (CAP_NAMES as readonly string[]).includes(text);
}

/** A cap that is exceeded, in words. */
export interface Excess {
  /** What is asked for, and which cap it is above. */
  readonly message: string;
  readonly remedies: readonly string[];
}

/**
 * The first cap that a run exceeds: by itself, or together with those that are live.
 * @param live what the others ask for
 */
export function excessOf(
  caps: Caps,
  asked: Demand,
  live: readonly Demand[],
): { alone: boolean; excess: Excess } | undefined {
  if (isEmpty(caps.total) && isEmpty(caps.perTarget)) return undefined;
  const targets = [...new Set([asked.target, asked.second_target ?? asked.target])];
  const scopes = [
    ...targets.map((target) => ({
      ...{ caps: caps.perTarget, target, where: ` on ${target}`, setting: "LOGBURST_TARGET_CAPS" },
      others: live.filter((demand) => timesOn(demand, target) > 0),
    })),
    { caps: caps.total, target: undefined, others: live, where: "", setting: "LOGBURST_CAPS" },
  ];
  for (const alone of [true, false]) {
    for (const scope of scopes) {
      for (const name of CAP_NAMES) {
        const excess = excessIn(scope, name, asked, alone);
        if (excess) return { alone, excess };
      }
    }
  }
  return undefined;
}

function isEmpty(caps: CapSet): boolean {
  return Object.keys(caps).length === 0;
}

/** Quotas: what one who asks for runs may have under way without somebody else's word; `*` stands for everybody else. */
export type Quotas = ReadonlyMap<string, CapSet>;

/**
 * Reads quotas such as `*:rate=100,duration=10m olga:rate=1000`, separated by blanks.
 * @throws LogburstError `bad_config`
 */
export function readQuotas(text: string | undefined, from: string): Quotas {
  const words = (text ?? "").split(/\s+/).filter((word) => word !== "");
  return new Map(
    words.map((word) => {
      const at = word.lastIndexOf(":");
      if (at > 0 && at < word.length - 1) return [word.slice(0, at), readCaps(word.slice(at + 1), from)];
      throw new LogburstError("bad_config", `${from}: "${word}" is not a quota`, {
        remedies: ["write quotas such as *:rate=100,duration=10m olga:rate=1000, with blanks between"],
      });
    }),
  );
}

/** How a run exceeds the quota of whoever asks for it. @param own what else that one has under way */
export function excessOfQuota(
  quotas: Quotas,
  requester: string | undefined,
  asked: Demand,
  own: readonly Demand[],
): Excess | undefined {
  const name = requester !== undefined && quotas.has(requester) ? requester : "*";
  const scope = {
    caps: quotas.get(name) ?? {},
    others: own,
    target: undefined,
    where: "",
    setting: `LOGBURST_QUOTAS for ${name}`,
  };
  for (const alone of [true, false]) {
    for (const cap of CAP_NAMES) {
      const excess = excessIn(scope, cap, asked, alone);
      if (excess) return excess;
    }
  }
  return undefined;
}

/** How many times a demand weighs on a target, or in all: a rate is that of each of its targets, users ask one at a time. */
function timesOn({ target, second_target: second, rate }: Demand, on: string | undefined): number {
  const hits = [target, second].filter((each) => each !== undefined && (on === undefined || each === on));
  return rate > 0 ? hits.length : Math.min(1, hits.length);
}

interface Scope {
  readonly caps: CapSet;
  /** All of them where there is none. */
  readonly target: string | undefined;
  readonly others: readonly Demand[];
  readonly where: string;
  readonly setting: string;
}

function excessIn(
  { caps, target, others, where, setting }: Scope,
  name: CapName,
  asked: Demand,
  alone: boolean,
): Excess | undefined {
  const cap = caps[name];
  if (cap === undefined) return undefined;
  const own = amountOf(asked, name, target);
  const sum =
    alone || name === "duration"
      ? own
      : others.reduce((all, demand) => all + amountOf(demand, name, target), own);
  if (sum <= cap) return undefined;
  const { unit, remedy } = WORDS[name];
  const isAlone = alone || name === "duration";
  const message = isAlone
    ? `the run asks for ${shown(own)} ${unit}${where}; the cap ${name}=${shown(cap)} of ${setting} allows no more`
    : `the run's ${shown(own)} ${unit}${where} and those of live runs would be ${shown(sum)}; the cap ${name}=${shown(cap)} of ${setting} allows no more`;
  const remedies = [remedy, ...(isAlone ? [] : ["wait for a run to end, or stop one"])];
  return { message, remedies: [...remedies, `or have ${setting} raised`] };
}

/** Without a limit a run may last for ever. */
function amountOf(demand: Demand, name: CapName, target: string | undefined): number {
  if (name !== "duration") return demand[name] * timesOn(demand, target);
  return demand.duration_ms === undefined ? Number.POSITIVE_INFINITY : demand.duration_ms / 1000;
}

function shown(amount: number): string {
  return Number.isFinite(amount) ? String(Math.round(amount * 100) / 100) : "unlimited";
}
