import { escaped, visible } from '../escaped.js';
import type { Plotting } from './loadPlot.js';

export type Cell = number | string | boolean | null;
export type Row = Readonly<Record<string, Cell>>;

/** One picture: its words, every number in it, and how it is drawn. */
export interface Picture {
  /** File name without ending, and part of ids: `[a-z0-9-]+`. */
  readonly name: string;
  readonly title: string;
  /** What is to be seen, in a sentence or two: plain text. */
  readonly caption: string;
  /** What somebody who cannot see it is told: plain text. */
  readonly alt: string;
  /** Every number behind the picture; all rows have the same columns. */
  readonly rows: readonly Row[];
  /** Why there is nothing to draw; `null` where there is. */
  readonly missing: string | null;
  /** Draws it `width` pixels wide. */
  readonly draw: (plotting: Plotting, width: number) => SVGElement | HTMLElement;
}

/** Told apart by the colour-blind, 3:1 at least on white and on the dark page. */
export const colors = {
  blue: '#2f7fc1',
  orange: '#d9622b',
  green: '#1a9a6c',
  purple: '#a56bc4',
  red: '#c2416b',
  gray: '#808080',
} as const;

export const fontSize = 13;
// Named one by one as well: what renders SVG outside of a browser knows no generic families.
const fontFamily = "system-ui, 'Segoe UI', Roboto, Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";
/** Narrower than this, labels go above what they name. */
export const narrowBelow = 480;

/** Attributes that every drawn picture begins with. */
export const basics = (
  { document }: Plotting,
  width: number,
): { document: Document; width: number; style: { fontSize: string; fontFamily: string } } => ({
  document,
  width,
  style: { fontSize: `${String(fontSize)}px`, fontFamily },
});

/** The picture as SVG text; one for a file of its own has a white ground and dark ink. Nothing that is named in it can be markup. */
export function pictureSvg(picture: Picture, plotting: Plotting, width: number, standalone = false): string {
  const svg = picture.missing === null ? picture.draw(plotting, width) : saying(picture.missing, plotting, width);
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('role', 'img');
  // A document writes attributes as HTML wants them, which is not XML: this one is written here.
  svg.removeAttribute('aria-label');
  if (standalone) {
    svg.setAttribute('color', '#1b1b1b');
    const ground = plotting.document.createElementNS('http://www.w3.org/2000/svg', 'rect');
    for (const [name, value] of Object.entries({ width: '100%', height: '100%', fill: '#ffffff' }))
      ground.setAttribute(name, value);
    svg.insertBefore(ground, svg.firstChild);
  }
  const text = visible(svg.outerHTML).replaceAll('&nbsp;', '&#160;');
  return text.replace('<svg ', () => `<svg aria-label="${escaped(picture.alt)}" `);
}

const saying = (sentence: string, plotting: Plotting, width: number): SVGElement | HTMLElement =>
  plotting.plot.plot({
    ...basics(plotting, width),
    height: 100,
    axis: null,
    marks: [plotting.plot.text([sentence], { frameAnchor: 'middle', lineWidth: width / fontSize })],
  });
