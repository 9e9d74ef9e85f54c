import type { Certificate } from '../../certificates/certificate.js';
import { colors, type Figure } from '../figure.js';
import { ball } from './ball.js';
import { degrees, short } from './words.js';

/** One moment of a run. */
export type Moment = Pick<Certificate, 'step' | 'metric'>;

/**
 * Figure 2 of [SSK24] as small multiples: the metric's ball at moments spread evenly over a run, all to one scale. `y` points up.
 *
 * @param certificates of a run, in order; those without a metric are passed over
 * @param count panels at most
 */
export function movingBall(certificates: readonly Moment[], count = 8): Figure {
  const name = 'moving-ball';
  const title = 'The ball of the metric moving along training';
  const chosen = evenly(certificates, count);
  const panels = chosen.map(({ step, metric }) => {
    const shape = ball(metric, 72);
    return { label: `step ${String(step)}`, step, metric, shape };
  });
  const rows = panels.flatMap(({ step, metric, shape }) =>
    [
      ...shape.metric.map((point) => ({ part: 'ball', ...point })),
      { part: 'y', ...shape.steepest },
      { part: 'g', ...shape.natural },
    ].map((each) => ({ step, ...each, psi: metric.psi, conditionNumber: metric.conditionNumber })),
  );
  const widest = panels.reduce((all, { metric }) => Math.max(all, metric.conditionNumber), 1);
  const last = panels.at(-1);
  return {
    name,
    title,
    caption:
      'The ball ΔθᵀMΔθ = ε of the best-conditioned metric in the plane of y (up) and g, at moments spread evenly over the run; the thin circle is the ordinary ball of the same area. The thinner the ellipse, the worse the metric is conditioned.',
    alt: `${String(panels.length)} panels, each with an ellipse in a circle. ${panels.map(({ label, metric }) => `${label}: ψ ${degrees(metric.psi)}, κ ${short(metric.conditionNumber)}`).join('; ')}.`,
    rows,
    missing: last === undefined ? 'No step has a metric: none was aligned or effective.' : null,
    draw: ({ plot, document }, width) => {
      const columns = Math.min(width < 480 ? 2 : 4, panels.length);
      const place = (i: number): { column: number; row: number } => ({
        column: i % columns,
        row: Math.floor(i / columns),
      });
      const [edge, gap, words] = [4, 0.06, 46];
      const lines = Math.ceil(panels.length / columns);
      const side = ((width - 2 * edge) * (1 - gap)) / (columns - gap);
      // Extremely thin balls would make all the others points: those beyond are cut off by their frames.
      const radius = 1.1 * Math.min(6, Math.max(1.2, widest ** 0.25));
      const unit = side / (2 * radius);
      const head = Math.min(8, unit / 3);
      const [top, bottom] = [1.3, -1.3 - words / unit];
      const points = panels.flatMap(({ shape }, i) => shape.metric.map((point) => ({ ...point, ...place(i), i })));
      const circles = panels.flatMap(({ shape }, i) => shape.ordinary.map((point) => ({ ...point, ...place(i), i })));
      const ends = panels.map(({ shape, metric, label }, i) => ({ shape, metric, label, ...place(i) }));
      const facet = { fx: 'column', fy: 'row' } as const;
      return plot.plot({
        document,
        width,
        height: lines * (top - bottom) * unit + 2 * edge,
        margin: edge,
        x: { domain: [-radius, radius], axis: null },
        // Room for two lines of words below the picture.
        y: { domain: [bottom, top], axis: null },
        fx: { axis: null, paddingInner: gap, paddingOuter: 0, round: false },
        fy: { axis: null, paddingInner: 0, paddingOuter: 0, round: false },
        marks: [
          plot.line(circles, {
            ...facet,
            x: 'u',
            y: 'v',
            z: 'i',
            stroke: 'currentColor',
            strokeOpacity: 0.35,
            strokeWidth: 1,
          }),
          plot.line(points, {
            ...facet,
            x: 'u',
            y: 'v',
            z: 'i',
            stroke: colors.metric,
            strokeWidth: 2,
            fill: colors.metric,
            fillOpacity: 0.15,
            clip: 'frame',
          }),
          plot.arrow(ends, {
            ...facet,
            x1: 0,
            y1: 0,
            x2: 0,
            y2: 1,
            stroke: colors.y,
            strokeWidth: 2,
            headLength: head,
          }),
          plot.arrow(ends, {
            ...facet,
            x1: 0,
            y1: 0,
            x2: (each: (typeof ends)[number]) => each.shape.natural.u,
            y2: (each: (typeof ends)[number]) => each.shape.natural.v,
            stroke: colors.g,
            strokeWidth: 2,
            headLength: head,
          }),
          plot.text(ends, { ...facet, frameAnchor: 'bottom', dy: -25, text: 'label', fontWeight: 'bold' }),
          plot.text(ends, {
            ...facet,
            frameAnchor: 'bottom',
            dy: -9,
            text: ({ metric }: (typeof ends)[number]) => `ψ ${degrees(metric.psi)}  κ ${short(metric.conditionNumber)}`,
          }),
        ],
      });
    },
  };
}

/** Moments with a metric, the first and the last among them, evenly in between. */
export function evenly(
  all: readonly Moment[],
  count: number,
): { step: number; metric: NonNullable<Certificate['metric']> }[] {
  const drawable = all.flatMap(({ step, metric }) =>
    metric === null || metric.conditionNumber > 1e12 ? [] : [{ step, metric }],
  );
  if (drawable.length <= count) return drawable;
  return Array.from(
    { length: count },
    (_, i) => drawable[Math.round((i * (drawable.length - 1)) / (count - 1))],
  ).filter((each) => each !== undefined);
}
