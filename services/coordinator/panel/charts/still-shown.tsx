/** What a chart that stands still has besides its lines: stretches that are greyed, a heat map, limits, and marks. */

import { MARK_COLOURS } from "./marks.ts";
import { heatPaths, type Through } from "./path.ts";
import type { Shown } from "./shown.ts";

interface StillShownProps {
  readonly shown: Shown;
  readonly through: Through;
}

/** Beneath the lines. */
export function StillUnder({ shown: { bands, heat }, through }: StillShownProps) {
  const { frame, x } = through;
  const within = (second: number) => Math.min(frame.right, Math.max(frame.left, x(second)));
  return (
    <>
      {bands.map(({ fromS, toS }) => (
        <rect
          key={fromS}
          x={within(fromS)}
          y={frame.top}
          width={within(toS) - within(fromS)}
          height={frame.bottom - frame.top}
          fill="var(--band)"
        />
      ))}
      {heat &&
        heatPaths(heat, through).map(({ strength, d }) => (
          <path key={strength} d={d} fill="var(--p95)" fill-opacity={strength} />
        ))}
    </>
  );
}

/** Above the lines. */
export function StillOver({ shown: { limits, marks }, through: { frame, x, y } }: StillShownProps) {
  const { left, right, top, bottom } = frame;
  return (
    <>
      {limits
        .filter(({ value }) => y(value) >= top && y(value) <= bottom)
        .map(({ value, name }) => (
          <g key={name}>
            <path d={`M${left} ${y(value)}H${right}`} stroke="var(--failed)" stroke-dasharray="6 6" />
            <text class="limit" x={right - 4} y={y(value) - 3} text-anchor="end">
              {name}
            </text>
          </g>
        ))}
      {marks
        .filter(({ second }) => x(second) >= left && x(second) <= right)
        .map(({ second, kind }) => (
          <path
            key={second}
            d={`M${x(second)} ${top}V${bottom}`}
            stroke={`var(${MARK_COLOURS[kind]})`}
            stroke-dasharray="3 3"
          />
        ))}
    </>
  );
}
