import * as Plot from '@observablehq/plot';

/** The verdicts, as they are named, marked and coloured: told apart by shape as well. */
export const verdicts = {
  'natural-gradient': { label: 'natural gradient', symbol: '●', shape: 'circle' },
  overshoot: { label: 'overshoot', symbol: '▲', shape: 'triangle' },
  'discrete-natural-gradient': { label: 'discrete natural gradient', symbol: '◆', shape: 'diamond' },
  'not-natural-gradient': { label: 'not natural gradient', symbol: '✕', shape: 'times' },
  unresolved: { label: 'unresolved', symbol: '■', shape: 'square' },
};

/** Draws the angle of every step into `place`. */
export function angleChart(place, points) {
  const seen = points.filter((point) => point.angle !== null);
  const style = getComputedStyle(document.documentElement);
  const names = Object.keys(verdicts);
  const plot = Plot.plot({
    width: Math.max(280, place.clientWidth),
    height: 300,
    marginLeft: 44,
    marginTop: 34,
    marginBottom: 44,
    style: { background: 'transparent', fontSize: '13px' },
    x: { label: 'step', domain: [0, Math.max(20, points.length)], nice: false },
    y: { label: 'degrees', domain: [0, 180], ticks: [0, 45, 90, 135, 180], grid: true },
    color: { domain: names, range: names.map((name) => style.getPropertyValue(`--${name}`).trim()) },
    symbol: { domain: names, range: names.map((name) => verdicts[name].shape) },
    marks: [
      Plot.ruleY([90], { stroke: 'currentColor', strokeDasharray: '4 3' }),
      Plot.dot(seen, {
        x: 'step',
        y: 'angle',
        stroke: 'verdict',
        fill: 'verdict',
        fillOpacity: 0.35,
        symbol: 'verdict',
        r: 3.2,
      }),
    ],
  });
  plot.setAttribute('aria-hidden', 'true');
  place.replaceChildren(plot);
  const below = seen.filter((point) => point.angle < 90).length;
  place.setAttribute(
    'aria-label',
    seen.length === 0
      ? 'No steps yet.'
      : `${seen.length} steps, ${below} of them below 90 degrees; the last at ${seen.at(-1).angle.toFixed(0)} degrees.`,
  );
}
