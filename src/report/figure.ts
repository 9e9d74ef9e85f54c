import type { Plotting } from './plotting.js';

/** A cell of the table behind a figure. */
export type Cell = number | string | boolean | null;

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
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  /** Why there is nothing to draw; `null` where there is. */
  readonly missing: string | null;
  /** Draws it `width` pixels wide. Computes nothing but where things go. */
  readonly draw: (plotting: Plotting, width: number) => SVGElement | HTMLElement;
}

/** Told apart by anybody, and readable (3:1) on white as on black. */
export const colors = {
  y: '#2f7fc1',
  g: '#d9622b',
  metric: '#1a9a6c',
  other: '#a56bc4',
  plain: '#808080',
} as const;

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
  const svg = figure.missing === null ? figure.draw(plotting, width) : saying(figure.missing, plotting, width);
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg');
  svg.setAttribute('font-size', '12');
  svg.setAttribute('role', 'img');
  svg.setAttribute('aria-label', figure.alt);
  svg.setAttribute('data-figure', figure.name);
  if (standalone) svg.setAttribute('style', 'color:#1b1b1b;background:#ffffff');
  return svg.outerHTML;
}

const saying = (sentence: string, { plot, document }: Plotting, width: number): SVGElement | HTMLElement =>
  plot.plot({
    document,
    width,
    height: 80,
    axis: null,
    marks: [plot.text([sentence], { frameAnchor: 'middle', fontSize: 13, lineWidth: width / 14 })],
  });
