import type { Plotting } from '../plotting.js';

type Drawn = SVGElement | HTMLElement;

/** Pictures of one width below one another, as one picture. */
export function stack({ document }: Plotting, drawn: readonly Drawn[]): Drawn {
  const [first, ...others] = drawn;
  if (first === undefined) throw new RangeError('stack: expected at least one picture, got none');
  let height = Number(first.getAttribute('height'));
  for (const other of others) {
    const group = document.createElementNS('http://www.w3.org/2000/svg', 'g');
    group.setAttribute('transform', `translate(0,${String(height)})`);
    group.append(...[...other.childNodes].filter((child) => child.nodeName.toLowerCase() !== 'style'));
    first.append(group);
    height += Number(other.getAttribute('height'));
  }
  first.setAttribute('height', String(height));
  first.setAttribute('viewBox', `0 0 ${first.getAttribute('width') ?? ''} ${String(height)}`);
  return first;
}
