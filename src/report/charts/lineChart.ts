import type * as Plot from '@observablehq/plot';
import type { Span } from '../timeline/bins.js';
import { type Extent, middle } from '../timeline/extent.js';
import { directLabels, labelRoom } from './labels.js';
import type { Plotting } from '../plotting.js';
import { powerTicks, tickLabels } from './numbers.js';
import { basics, narrowBelow } from './basics.js';
import { timeAxis, type TimeRange } from './timeAxis.js';

/** One quantity over time. */
export interface Line {
  readonly label: string;
  readonly color: string;
  readonly spans: readonly Span<Extent>[];
  /** `points`: measured now and then, so that nothing is known in between. @default 'line' */
  readonly as?: 'line' | 'points' | 'alarms';
}

/** The vertical axis. */
export interface ValueAxis {
  readonly label: string;
  readonly type: 'linear' | 'log' | 'symlog';
  readonly domain: readonly [number, number];
  readonly ticks?: readonly number[];
  /** `symlog`: below this size it is linear. */
  readonly constant?: number;
}

export interface LineChart {
  /** Above the picture, where there are several. */
  readonly title: string | null;
  readonly time: TimeRange;
  readonly axis: ValueAxis;
  readonly lines: readonly Line[];
  /** Range of values at each step that is nothing but rounding error. */
  readonly band?: readonly Span<{ readonly low: number; readonly high: number }>[];
  /** Vertical lines. */
  readonly moments?: readonly { readonly at: number; readonly color: string }[];
  /** Horizontal lines. */
  readonly levels?: readonly number[];
}

interface Point {
  readonly x: number;
  readonly low: number;
  readonly mid: number;
  readonly high: number;
}

/** Lines over time, the extremes of each bin as a band around them. */
export function lineChart(plotting: Plotting, width: number, chart: LineChart): SVGElement | HTMLElement {
  const { plot } = plotting;
  const { axis, lines, time, title, band = [], moments = [], levels = [] } = chart;
  const visible = lines.filter((line) => line.spans.length > 0);
  const narrow = width < narrowBelow;
  const room = labelRoom(lines.length > 1 ? visible.map(({ label }) => ({ text: label })) : [], width);
  const named = room.top + room.right > 0;
  const top = 12 + (title === null ? 0 : 22) + 24;
  const labels = visible.map(({ label, color, spans, as = 'line' }) => ({
    as,
    text: label,
    color,
    at: middle((spans.at(-1) as Span<Extent>).content, axis.type === 'log'),
  }));
  const x = timeAxis(plot, time, width);
  const ticks = axis.ticks ?? valueTicks(axis, narrow);
  return plot.plot({
    ...basics(plotting, width),
    height: (narrow ? 210 : 250) + top + room.top,
    marginTop: top + room.top,
    marginBottom: 42,
    marginLeft: 64,
    marginRight: Math.max(14, room.right),
    x: x.scale,
    y: {
      type: axis.type,
      domain: [...axis.domain],
      ...(axis.constant === undefined ? {} : { constant: axis.constant }),
      axis: null,
    },
    marks: [
      plot.gridY(ticks, { strokeOpacity: 0.12 }),
      // An axis of powers would leave out some of its labels.
      plot.text(ticks, {
        y: (tick: number) => tick,
        text: tickLabels(ticks),
        frameAnchor: 'left',
        textAnchor: 'end',
        dx: -8,
      }),
      ...x.marks,
      ...(title === null ? [] : [heading(plot, title, -top - room.top + 18)]),
      plot.text([axis.label], { frameAnchor: 'top-left', dx: -56, dy: -20 }),
      bandMark(plot, band),
      plot.ruleY(levels, { strokeOpacity: 0.6 }),
      plot.ruleX(moments, { x: 'at', stroke: 'color', strokeDasharray: '3,3', strokeOpacity: 0.9 }),
      ...visible.flatMap((line) => lineMarks(plot, line, axis.type === 'log')),
      named ? directLabels(labels, width, top - 24) : null,
    ],
  });
}

const heading = (plot: typeof Plot, title: string, dy: number): Plot.Markish =>
  plot.text([title], { frameAnchor: 'top-left', dx: -56, dy, fontWeight: 600 });

function bandMark(plot: typeof Plot, band: NonNullable<LineChart['band']>): Plot.Markish {
  const rows = band.map(({ from, to, content }) => ({ x: (from + to) / 2, ...content }));
  const options = { x: 'x', y1: 'low', y2: 'high' };
  return rows.length === 1
    ? plot.ruleX(rows, { ...options, stroke: '#808080', strokeOpacity: 0.5, strokeWidth: 6 })
    : plot.areaY(rows, { ...options, fill: '#808080', fillOpacity: 0.35 });
}

function lineMarks(plot: typeof Plot, { spans, color, as = 'line' }: Line, powers: boolean): Plot.Markish[] {
  const points = spans.map(({ from, to, content }) => ({
    x: (from + to) / 2,
    low: content.min,
    mid: middle(content, powers),
    high: content.max,
  }));
  const ranges = (of: readonly Point[]): Plot.Markish =>
    plot.ruleX(
      of.filter(({ low, high }) => high > low),
      { x: 'x', y1: 'low', y2: 'high', stroke: color, strokeWidth: 1.5 },
    );
  if (as === 'alarms') {
    return [ranges(points), plot.dot(points, { x: 'x', y: 'low', symbol: 'triangle', r: 4, fill: color })];
  }
  // Where several steps share a bin, what was measured now and then is dense enough to be joined.
  const apart = as === 'points' && spans.every(({ from, to }) => from === to);
  const runs = apart ? points.map((point) => [point]) : unbroken(spans, points);
  const alone = runs.filter((run) => run.length === 1).flat();
  const joined = runs.filter((run) => run.length > 1);
  return [
    ...joined.flatMap((run) => [
      run.some(({ low, high }) => high > low)
        ? plot.areaY(run, {
            x: 'x',
            y1: 'low',
            y2: 'high',
            fill: color,
            fillOpacity: 0.25,
            stroke: color,
            strokeWidth: 0.7,
          })
        : null,
      plot.lineY(run, { x: 'x', y: 'mid', stroke: color, strokeWidth: 1.6 }),
    ]),
    ranges(alone),
    plot.dot(alone, { x: 'x', y: 'mid', r: 2.5, fill: color }),
  ];
}

/** Neighbours with nothing missing between them. */
function unbroken(spans: readonly Span<Extent>[], points: readonly Point[]): Point[][] {
  const runs: Point[][] = [];
  for (const [i, point] of points.entries()) {
    const adjacent = i > 0 && (spans[i - 1] as Span<Extent>).to + 1 === (spans[i] as Span<Extent>).from;
    if (adjacent) runs.at(-1)?.push(point);
    else runs.push([point]);
  }
  return runs;
}

function valueTicks({ type, domain, constant = 1 }: ValueAxis, narrow: boolean): number[] {
  const [low, high] = domain;
  if (type === 'log') return powerTicks(low, high, 6);
  if (type === 'linear') return linearTicks(low, high);
  const place = (value: number): number => Math.sign(value) * Math.log1p(Math.abs(value) / constant);
  const far = (place(high) - place(low)) / (narrow ? 8 : 11);
  const first = Math.floor(Math.log10(constant));
  const sizes = Array.from({ length: Math.max(0, Math.ceil(Math.log10(Math.max(-low, high))) - first) }, (_, i) =>
    Number(`1e${String(first + i)}`),
  );
  // From the middle outwards, wherever there is room for a label.
  const side = (end: number): number[] => {
    const kept: number[] = [0];
    for (const size of sizes.map((each) => Math.sign(end) * each)) {
      const room = Math.abs(place(size) - place(kept.at(-1) as number));
      if (Math.abs(size) <= Math.abs(end) && room > far) kept.push(size);
    }
    return kept.slice(1);
  };
  return [...side(low).reverse(), 0, ...side(high)];
}

function linearTicks(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const stride = ([1, 2, 5, 10].find((each) => each * power >= rough) ?? 10) * power;
  const begin = Math.ceil(low / stride - 1e-9);
  const count = Math.floor(high / stride + 1e-9) - begin + 1;
  return Array.from({ length: count }, (_, i) => Number(((begin + i) * stride).toPrecision(12)));
}

/** An axis on which all the values have room; of powers where they are positive and `powers` is wanted. */
export function axisFor(lines: readonly Line[], label: string, powers: boolean): ValueAxis {
  const extents = lines.flatMap(({ spans }) => spans.map(({ content }) => content));
  const low = Math.min(...extents.map(({ min }) => min));
  const high = Math.max(...extents.map(({ max }) => max));
  if (powers && low > 0) {
    // At least a decade, so that what is constant looks constant.
    const widen = Math.sqrt(Math.max(1, 10 / (high / low)));
    return { label, type: 'log', domain: [(low / widen) * 0.9, high * widen * 1.1] };
  }
  const pad = Math.max((high - low) * 0.05, Math.abs(high) * 1e-3, Number.MIN_VALUE * 1e6);
  return { label, type: 'linear', domain: [low - pad, high + pad] };
}
