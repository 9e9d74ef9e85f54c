import type * as Plot from '@observablehq/plot';
import { fontSize, narrowBelow } from './basics.js';

/** A name to put at its line, in the line's colour. */
export interface Label {
  readonly text: string;
  readonly color: string;
  /** Where its line ends. */
  readonly at: number;
  /** How it is drawn. */
  readonly as: 'line' | 'points' | 'alarms';
}

const strokes = {
  line: 'M0,0h10',
  points: 'M5,0m-3,0a3,3 0 1,0 6,0a3,3 0 1,0 -6,0',
  alarms: 'M0,4l5,-9l5,9z',
} as const;
const mostLetters = 26;
const short = (text: string): string => (text.length <= mostLetters ? text : `…${text.slice(1 - mostLetters)}`);

const lineHeight = fontSize + 5;
const letter = 0.6 * fontSize;
const svg = 'http://www.w3.org/2000/svg';

/** Room that the labels take: at the right of their lines, or, on a narrow page, above the picture. */
export function labelRoom(labels: readonly { readonly text: string }[], width: number): { top: number; right: number } {
  if (labels.length === 0) return { top: 0, right: 0 };
  if (width < narrowBelow) return { top: labels.length * lineHeight, right: 0 };
  return { top: 0, right: Math.ceil(Math.max(...labels.map(({ text }) => short(text).length)) * letter) + 22 };
}

/** Names each line where it ends, no two on top of each other. */
export function directLabels(labels: readonly Label[], width: number, topAbove: number): Plot.RenderFunction {
  return (_index, scales, _values, dimensions, context) => {
    const { document } = context;
    const group = document.createElementNS(svg, 'g');
    const { marginTop, marginBottom, marginRight, height } = dimensions;
    const narrow = width < narrowBelow;
    const wanted = labels.map((label) => ({ ...label, y: Number(scales.y?.(label.at)) }));
    const placed = narrow
      ? wanted.map((label, i) => ({ ...label, y: topAbove + (i + 0.5) * lineHeight }))
      : apart(wanted, marginTop + lineHeight / 2, height - marginBottom - lineHeight / 2);
    for (const label of placed) {
      const left = narrow ? dimensions.marginLeft : width - marginRight + 8;
      const stroke = document.createElementNS(svg, 'path');
      set(stroke, {
        d: strokes[label.as],
        transform: `translate(${String(left)},${String(label.y)})`,
        ...(label.as === 'line' ? { stroke: label.color, 'stroke-width': 3 } : { fill: label.color }),
      });
      const text = document.createElementNS(svg, 'text');
      set(text, { x: left + 14, y: label.y, dy: '0.32em', fill: 'currentColor', 'text-anchor': 'start' });
      text.append(short(label.text));
      group.append(stroke, text);
    }
    return group;
  };
}

function set(element: SVGElement, attributes: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}

/** Moves labels apart as little as it takes, inside `low … high`. */
function apart<T extends { readonly y: number }>(labels: readonly T[], low: number, high: number): T[] {
  const placed: T[] = [];
  for (const label of [...labels].sort((a, b) => a.y - b.y)) {
    placed.push({ ...label, y: Math.max(label.y, (placed.at(-1)?.y ?? low - lineHeight) + lineHeight, low) });
  }
  let floor = high;
  for (let i = placed.length - 1; i >= 0; i--) {
    const label = placed[i] as T;
    placed[i] = { ...label, y: Math.min(label.y, floor) };
    floor = (placed[i] as T).y - lineHeight;
  }
  return placed;
}
