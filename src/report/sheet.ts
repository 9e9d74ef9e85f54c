import { drawn, type Figure, fontFamily, grounded, svgText } from './figure.js';
import type { Plotting } from './plotting.js';

const titleHeight = 30;

/** Figures one below the other, each under its title, as one SVG file of its own. */
export function sheet(figures: readonly Figure[], plotting: Plotting, width = 640): string {
  const { document } = plotting;
  const root = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  let height = 8;
  for (const each of figures) {
    const title = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    title.append(each.title);
    set(title, { x: 16, y: height + 18, 'font-size': 15, 'font-weight': 'bold', fill: 'currentColor' });
    const picture = drawn(each, plotting, width);
    set(picture, { y: height + titleHeight });
    root.append(title, picture);
    height += titleHeight + Number(picture.getAttribute('height')) + 8;
  }
  set(root, {
    role: 'img',
    'aria-label': figures.map(({ alt }) => alt).join(' '),
    width,
    height,
    viewBox: `0 0 ${String(width)} ${String(height)}`,
    'font-family': fontFamily,
  });
  return svgText(grounded(root, plotting));
}

function set(element: Element, attributes: Readonly<Record<string, string | number>>): void {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, String(value));
}
