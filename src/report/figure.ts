import { visible } from './escaped.js';
import type { Plotting } from './plotting.js';

/** A cell of the table behind a figure. */
export type Cell = number | string | boolean | null;

/** A row of it: a cell for each column. */
export type Row = Readonly<Record<string, Cell>>;

/** What Observable Plot draws. */
export type Drawn = SVGElement | HTMLElement;

/** One picture: its words, every number in it, and how it is drawn. The numbers are there without any charting library. */
export interface Figure {
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
  /** Draws it `width` pixels wide. Computes nothing but where things go. */
  readonly draw: (plotting: Plotting, width: number) => Drawn;
}

/** Told apart by the colour-blind as well, and readable (3:1) on white as on the dark page. */
export const palette = {
  blue: '#2f7fc1',
  orange: '#d9622b',
  green: '#1a9a6c',
  purple: '#a56bc4',
  red: '#c2416b',
  gray: '#808080',
} as const;

/** What each colour stands for in the paper's figures. */
export const colors = {
  y: palette.blue,
  g: palette.orange,
  metric: palette.green,
  other: palette.purple,
  plain: palette.gray,
} as const;

// Named one by one as well: what renders SVG outside of a browser knows no generic families.
export const fontFamily =
  "system-ui, 'Segoe UI', Roboto, Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

const namespace = 'http://www.w3.org/2000/svg';

export interface SvgOptions {
  /** In pixels. @default 640 */
  readonly width?: number;
  /** A file of its own, with a white ground and dark ink; else it is for a page and takes the page's colours. @default false */
  readonly standalone?: boolean;
}

/** The figure as SVG text. Names are escaped by the document; nothing in it can run. */
export function figureSvg(
  figure: Figure,
  plotting: Plotting,
  { width = 640, standalone = false }: SvgOptions = {},
): string {
  const svg = drawn(figure, plotting, width);
  return svgText(standalone ? grounded(svg, plotting) : svg);
}

/** The figure, or in its place the sentence that says why there is none, as an element. */
export function drawn(figure: Figure, plotting: Plotting, width: number): Drawn {
  const svg = figure.missing === null ? figure.draw(plotting, width) : saying(figure.missing, plotting, width);
  const attributes = {
    role: 'img',
    'aria-label': figure.alt,
    'data-figure': figure.name,
    // A figure's own size for words is in its style, which is stronger.
    'font-size': '12',
    'font-family': fontFamily,
  };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  return svg;
}

/** The same on white, in dark ink: for files of their own, which are shown on any ground. */
export function grounded(svg: Drawn, { document }: Plotting): Drawn {
  svg.setAttribute('color', '#1b1b1b');
  const ground = document.createElementNS(namespace, 'rect');
  for (const [name, value] of Object.entries({ width: '100%', height: '100%', fill: '#ffffff' }))
    ground.setAttribute(name, value);
  svg.insertBefore(ground, svg.firstChild);
  return svg;
}

/** As text that is XML, and HTML too. What is not to be seen is a box: XML has no place for it. */
export function svgText(svg: Drawn): string {
  svg.setAttribute('xmlns', namespace);
  return visible(svg.outerHTML);
}

const saying = (sentence: string, { plot, document }: Plotting, width: number): Drawn =>
  plot.plot({
    document,
    width,
    height: 100,
    axis: null,
    marks: [plot.text([sentence], { frameAnchor: 'middle', fontSize: 13, lineWidth: width / 14 })],
  });
