import type { Span } from '../timeline/bins.js';
import type { Plotting } from '../plotting.js';
import { basics, fontSize, narrowBelow } from './basics.js';
import { timeAxis, type TimeRange } from './timeAxis.js';

/** One row: an angle between 0° and 180° over time. */
export interface HeatRow {
  readonly label: string;
  readonly spans: readonly Span<{ readonly mean: number; readonly largest: number }>[];
}

/** From the gradient's own direction (blue) to the opposite (orange), turning at the right angle; 15° each. */
const shades = [
  '#123a6b',
  '#1f5591',
  '#3672b0',
  '#5d93c8',
  '#90b7dc',
  '#c8dcee',
  '#f7d9b5',
  '#f0b57c',
  '#e58f4b',
  '#cf6a25',
  '#a94b12',
  '#7b330a',
] as const;

const rowHeight = 22;

/** Rows over time, each cell coloured by its angle, with its own key. */
export function heatMap(
  plotting: Plotting,
  width: number,
  chart: { readonly title: string | null; readonly time: TimeRange; readonly rows: readonly HeatRow[] },
): SVGElement | HTMLElement {
  const { plot } = plotting;
  const { rows, time, title } = chart;
  const narrow = width < narrowBelow;
  const longest = Math.max(...rows.map(({ label }) => label.length));
  const letters = Math.min(longest, narrow ? 14 : 26);
  const left = Math.ceil(letters * 0.6 * fontSize) + 12;
  const top = (title === null ? 0 : 24) + 58;
  const x = timeAxis(plot, time, width);
  const key = (width - left - 20) / shades.length;
  return plot.plot({
    ...basics(plotting, width),
    height: rows.length * rowHeight + top + 48,
    marginTop: top,
    marginBottom: 48,
    marginLeft: left,
    marginRight: 20,
    x: x.scale,
    y: { domain: [0, rows.length], reverse: true, axis: null },
    marks: [
      ...x.marks,
      title === null
        ? null
        : plot.text([title], { frameAnchor: 'top-left', dx: 4 - left, dy: -top + 14, fontWeight: 600 }),
      ...rows.map(({ label }, row) =>
        plot.text([shortened(label, letters)], {
          frameAnchor: 'top-left',
          textAnchor: 'end',
          dx: -8,
          dy: row * rowHeight + 5,
          title: () => label,
        }),
      ),
      ...rows.flatMap(({ spans }, row) =>
        (['mean', 'largest'] as const).map((part) =>
          plot.rect(cells(spans, part), {
            x1: 'x1',
            x2: 'x2',
            y1: row + (part === 'mean' ? 0.04 : 0.6),
            y2: row + (part === 'mean' ? 0.6 : 0.96),
            fill: ({ shade }: Cell) => shades[shade],
          }),
        ),
      ),
      (_index, _scales, _values, dimensions, { document }) => {
        const group = document.createElementNS(svg, 'g');
        const y = dimensions.marginTop - 26;
        shades.forEach((fill, i) => {
          group.append(element(document, 'rect', { x: left + i * key, y, width: key + 0.3, height: 10, fill }));
        });
        const words: [number, string, string][] = narrow
          ? [
              [0, '0°', 'start'],
              [6, '90°', 'middle'],
              [12, '180°', 'end'],
            ]
          : [
              [0, '0° descends', 'start'],
              [6, '90°', 'middle'],
              [12, 'climbs 180°', 'end'],
            ];
        for (const [i, word, anchor] of words) {
          const text = element(document, 'text', {
            x: left + i * key,
            y: y - 6,
            fill: 'currentColor',
            'text-anchor': anchor,
          });
          text.append(word);
          group.append(text);
        }
        return group;
      },
    ],
  });
}

const svg = 'http://www.w3.org/2000/svg';

function element(
  document: Document,
  name: 'rect' | 'text',
  attributes: Readonly<Record<string, string | number>>,
): SVGElement {
  const made = document.createElementNS(svg, name);
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value));
  return made;
}

interface Cell {
  x1: number;
  x2: number;
  shade: number;
}

/** Neighbours of one shade are one cell. */
function cells(spans: HeatRow['spans'], part: 'mean' | 'largest'): Cell[] {
  const all: Cell[] = [];
  for (const { from, to, content } of spans) {
    const shade = Math.min(shades.length - 1, Math.floor((content[part] / 180) * shades.length));
    const last = all.at(-1);
    if (last?.x2 === from - 0.5 && last.shade === shade) last.x2 = to + 0.5;
    else all.push({ x1: from - 0.5, x2: to + 0.5, shade });
  }
  return all;
}

/** The end of a name tells more than its beginning. */
const shortened = (name: string, letters: number): string =>
  name.length <= letters ? name : `…${name.slice(name.length - letters + 1)}`;
