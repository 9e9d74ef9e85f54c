import type { Span } from '../timeline/bins.js';
import type { Plotting } from '../plotting.js';
import { basics, fontSize } from './basics.js';
import { timeAxis, type TimeRange } from './timeAxis.js';

/** Where along the run something happened, and in what share of the steps there. */
export interface Lane {
  readonly label: string;
  readonly color: string;
  /** `bars`: how many of the steps; `marks`: that it happened. */
  readonly as: 'bars' | 'marks';
  readonly spans: readonly Span<{ readonly share: number }>[];
}

const laneHeight = 46;
const barHeight = 18;
/** What is rare is drawn at least this high: a single step among thousands is to be seen. */
const least = 0.3;

/** Lanes that would be empty are named in one line below the others. */
const none = (lanes: readonly Lane[]): string => {
  const empty = lanes.filter(({ spans }) => spans.length === 0).map(({ label }) => label);
  return empty.length === 0 ? '' : `none: ${empty.join(', ')}`;
};

/** One lane below the other over time, each named by the words above it. */
export function laneChart(
  plotting: Plotting,
  width: number,
  chart: {
    readonly title: string | null;
    readonly time: TimeRange;
    readonly lanes: readonly Lane[];
    readonly moments: readonly number[];
  },
): SVGElement | HTMLElement {
  const { plot } = plotting;
  const { time, title, moments } = chart;
  const lanes = chart.lanes.filter(({ spans }) => spans.length > 0);
  const x = timeAxis(plot, time, width);
  const absent = wrapped(none(chart.lanes), Math.floor((width - 32) / (0.6 * fontSize)));
  const bottom = 48 + absent.length * 18;
  const top = title === null ? 6 : 30;
  const base = (lane: number): number => (lane + 1) * laneHeight;
  return plot.plot({
    ...basics(plotting, width),
    height: lanes.length * laneHeight + top + bottom,
    marginTop: top,
    marginBottom: bottom,
    marginLeft: 16,
    marginRight: 16,
    x: x.scale,
    y: { domain: [0, lanes.length * laneHeight], reverse: true, axis: null },
    marks: [
      ...x.marks,
      title === null ? null : plot.text([title], { frameAnchor: 'top-left', dx: -12, dy: -14, fontWeight: 600 }),
      plot.ruleX(moments, { strokeDasharray: '3,3', strokeOpacity: 0.5 }),
      ...absent.map((line, i) =>
        plot.text([line], {
          frameAnchor: 'bottom-left',
          textAnchor: 'start',
          lineAnchor: 'top',
          dy: 44 + i * 18,
          fillOpacity: 0.75,
        }),
      ),
      ...lanes.flatMap(({ label, color, as, spans }, lane) => [
        plot.text([label], { frameAnchor: 'top-left', dy: lane * laneHeight + 10 }),
        plot.ruleY([base(lane)], { strokeOpacity: 0.2 }),
        as === 'bars'
          ? plot.rect(bars(spans), {
              x1: 'x1',
              x2: 'x2',
              y1: base(lane),
              y2: (bar: Bar) => base(lane) - barHeight * bar.height,
              fill: color,
            })
          : plot.dot(spans, {
              x: ({ from, to }: Span<unknown>) => (from + to) / 2,
              y: base(lane) - barHeight / 2 + 1,
              symbol: 'triangle',
              r: 5,
              fill: color,
            }),
      ]),
    ],
  });
}

interface Bar {
  x1: number;
  x2: number;
  height: number;
}

/** Neighbours of one height are one bar. */
function bars(spans: Lane['spans']): Bar[] {
  const all: Bar[] = [];
  for (const { from, to, content } of spans) {
    const height = Math.max(least, Math.ceil(content.share * 20) / 20);
    const last = all.at(-1);
    if (last?.x2 === from - 0.5 && last.height === height) last.x2 = to + 0.5;
    else all.push({ x1: from - 0.5, x2: to + 0.5, height });
  }
  return all;
}

/** Words in lines of at most so many letters. */
function wrapped(text: string, letters: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ').filter((each) => each !== '')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < letters) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}
