/** The distribution of latencies on an axis of nines: what is rare has as much place as what is common. */

import type { Distribution } from "../../../../libs/report/html/distribution.ts";
import { count, milliseconds } from "../../../../libs/report/words.ts";
import { wantsLog } from "../charts/line.ts";
import { type Scale, valueScale } from "../charts/path.ts";
import { Key } from "../charts/still.tsx";
import { CURVE_FRAME, CurvePlot, lineThrough } from "./curve.tsx";
import { Section } from "./section.tsx";
import { tell } from "./words/words.ts";

const PERCENTS = [0, 50, 90, 99, 99.9, 99.99, 99.999, 99.9999];
/** All together, then the queries. */
const COLOURS = ["--ink", "--ok", "--timed_out", "--missed", "--p50", "--failed", "--p95"];

export function Distributions({ distributions }: { distributions: readonly Distribution[] }) {
  const [all] = distributions;
  if (!all) return null;
  const lines = distributions.map(({ name, points }, index) => ({
    name: name ?? tell("all_queries"),
    colour: COLOURS[index % COLOURS.length] ?? "--ink",
    look: "line" as const,
    values: points.map(([, ms]) => ms),
    points,
  }));
  const slowerHalf = distributions.map(({ points: each }) => ({
    values: each.filter(([percent]) => percent >= 50).map(([, ms]) => ms),
  }));
  const y = valueScale(lines, wantsLog(slowerHalf), CURVE_FRAME);
  const x = ninesScale(all.count);
  return (
    <Section id="distribution" title="distribution">
      <p class="muted">{tell("distribution_hint", count(all.count))}</p>
      <CurvePlot
        label={tell("distribution")}
        {...{ x, y }}
        xText={(percent) => `${percent} %`}
        yText={milliseconds}
        xName={tell("percentile")}
      >
        {lines.map(({ name, colour, points }, index) => (
          <path
            key={name}
            d={lineThrough(points.map(([percent, ms]) => [x.at(percent), y.at(ms)]))}
            fill="none"
            stroke={`var(${colour})`}
            stroke-width={index === 0 ? 3 : 1.5}
            stroke-linejoin="round"
          />
        ))}
      </CurvePlot>
      <Key lines={lines} />
    </Section>
  );
}

/** As far to the right as one of so many values is rare. */
function ninesScale(values: number): Scale {
  const nines = Math.max(1, Math.log10(values));
  const { left, right } = CURVE_FRAME;
  const at = (percent: number) => {
    const rare = Math.max(1 - percent / 100, 1e-9);
    return Math.round((left + (-Math.log10(rare) / nines) * (right - left)) * 10) / 10;
  };
  return { at, ticks: PERCENTS.filter((percent) => -Math.log10(1 - percent / 100) <= nines + 1e-6) };
}
