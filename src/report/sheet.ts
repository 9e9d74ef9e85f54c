import { type Figure, figureSvg } from './figure.js';
import type { Plotting } from './plotting.js';

const titleHeight = 30;

/** Figures one below the other, each under its title, as one SVG file of its own. */
export function sheet(figures: readonly Figure[], plotting: Plotting, width = 640): string {
  const { document } = plotting;
  const root = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  let height = 8;
  for (const each of figures) {
    const title = document.createElementNS('http://www.w3.org/2000/svg', 'text');
    title.textContent = each.title;
    for (const [name, value] of Object.entries({ x: 16, y: height + 18, 'font-size': 15, 'font-weight': 'bold' }))
      title.setAttribute(name, String(value));
    const holder = document.createElementNS('http://www.w3.org/2000/svg', 'g');
    holder.innerHTML = figureSvg(each, plotting, { width });
    const [picture] = holder.children;
    if (picture === undefined) continue;
    picture.setAttribute('y', String(height + titleHeight));
    root.append(title, picture);
    height += titleHeight + Number(picture.getAttribute('height') ?? 0) + 8;
  }
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    role: 'img',
    'aria-label': figures.map(({ alt }) => alt).join(' '),
    width,
    height,
    viewBox: `0 0 ${String(width)} ${String(height)}`,
    'font-family': 'system-ui, sans-serif',
    style: 'color:#1b1b1b;background:#ffffff',
  };
  for (const [name, value] of Object.entries(attributes)) root.setAttribute(name, String(value));
  return root.outerHTML;
}
