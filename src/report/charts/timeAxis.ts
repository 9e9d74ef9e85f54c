import type * as Plot from '@observablehq/plot';
import { shown } from './numbers.js';
import { narrowBelow } from './basics.js';

/** First and last step shown. */
export interface TimeRange {
  readonly first: number;
  readonly last: number;
}

/** The range that holds all of them. */
export const together = (ranges: readonly TimeRange[]): TimeRange => ({
  first: Math.min(...ranges.map((range) => range.first)),
  last: Math.max(...ranges.map((range) => range.last)),
});

/** The axis of steps below a picture; a step is one unit wide. */
export function timeAxis(
  plot: typeof Plot,
  { first, last }: TimeRange,
  width: number,
): { scale: Plot.ScaleOptions; marks: Plot.Markish[] } {
  const count = width < narrowBelow ? 4 : 8;
  const ticks = wholeTicks(first, last, count);
  return {
    scale: { domain: [first - 0.5, last + 0.5], label: 'step' },
    marks: [
      plot.axisX(ticks, { tickFormat: (tick: number) => shown(tick, 12), label: null, tickSize: 4 }),
      plot.text(['step →'], { frameAnchor: 'bottom-right', dy: 34 }),
    ],
  };
}

function wholeTicks(first: number, last: number, count: number): number[] {
  const rough = Math.max(1, (last - first) / count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const stride = Math.max(1, ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power);
  const begin = Math.ceil(first / stride) * stride;
  return Array.from(
    { length: Math.max(1, Math.floor((last - begin) / stride) + 1) },
    (_, i) => begin + i * stride,
  ).filter((tick) => tick <= last);
}
