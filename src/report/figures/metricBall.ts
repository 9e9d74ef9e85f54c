import type { MetricSummary } from '../../certificates/certificate.js';
import { colors, type Figure } from '../figure.js';
import { ball, type Point } from './ball.js';
import { degrees, short } from './words.js';

const panels = { ordinary: 'ordinary: ΔθᵀΔθ = ε', metric: 'metric: ΔθᵀMΔθ = ε' } as const;

/**
 * Figure 1 of [SSK24]: the ball `ΔθᵀMΔθ = ε` beside `ΔθᵀΔθ = ε` in the plane of `y` and `g`. In the one `y` is steepest, in the other `g`.
 *
 * @param metric of one certificate; `null`: nothing to show
 */
export function metricBall(metric: Pick<MetricSummary, 'psi' | 'conditionNumber'> | null): Figure {
  const name = 'metric-ball';
  const title = 'The same step is steepest in one length and not in the other';
  if (metric === null || metric.conditionNumber > 1e12)
    return {
      name,
      title,
      caption: '',
      alt: title,
      rows: [],
      missing:
        metric === null
          ? 'No step has a metric: none was aligned or effective.'
          : 'ψ is too near 90° for its ball to be drawn.',
      draw: () => {
        throw new Error('metricBall: nothing to draw');
      },
    };
  const shape = ball(metric);
  const psi = degrees(metric.psi);
  const outline = [
    ...shape.ordinary.map((point) => ({ panel: panels.ordinary, part: 'ball', ...point })),
    ...shape.metric.map((point) => ({ panel: panels.metric, part: 'ball', ...point })),
  ];
  const direction: Point = { u: Math.sin(metric.psi), v: Math.cos(metric.psi) };
  const arrows = [
    { panel: panels.ordinary, part: 'y', ...shape.steepest },
    { panel: panels.ordinary, part: 'g', ...direction },
    { panel: panels.metric, part: 'y', ...shape.steepest },
    { panel: panels.metric, part: 'g', ...shape.natural },
  ];
  const touching = [
    { panel: panels.ordinary, part: 'steepest', ...shape.steepest },
    { panel: panels.metric, part: 'steepest', ...shape.natural },
  ];
  return {
    name,
    title,
    caption: `Negative gradient y and update g, ψ = ${psi} apart. On the circle the loss is lowest along y; on the ellipse, the ball of the best-conditioned metric M (κ = ${short(metric.conditionNumber)}) with M g = y, it is lowest along g. Dashed: the lowest level of the loss that each ball reaches. Both have the same area. M is one choice among many.`,
    alt: `Two panels. Left: a circle with y pointing up, touched by the lowest level of the loss at its top, where y ends; g leans away by ${psi}. Right: an ellipse touched by the lowest level of the loss where g ends.`,
    rows: [...outline, ...arrows, ...touching],
    missing: null,
    draw: ({ plot, document }, width) => {
      const [edge, gap, words] = [8, 0.06, 26];
      const side = ((width - 2 * edge) * (1 - gap)) / (2 - gap);
      const radius = 1.15 * Math.max(shape.reach, 1.1);
      // One unit is as long up as across; words stand above and below.
      const unit = side / (2 * radius);
      const half = 1.2 + words / unit;
      const of = (part: string): typeof arrows => arrows.filter((each) => each.part === part);
      const ink = { y: colors.y, g: colors.g };
      // Beside the arrow, on the side that the other one is not.
      const beside = { y: [-1, 0], g: [direction.v, -direction.u] } as const;
      const off = 13 / unit;
      return plot.plot({
        document,
        width,
        height: 2 * half * unit + 2 * edge,
        margin: edge,
        x: { domain: [-radius, radius], axis: null },
        y: { domain: [-half, half], axis: null },
        fx: { domain: Object.values(panels), axis: null, paddingInner: gap, paddingOuter: 0, round: false },
        marks: [
          plot.frame({ stroke: 'currentColor', strokeOpacity: 0.15 }),
          plot.line(outline, {
            fx: 'panel',
            x: 'u',
            y: 'v',
            stroke: colors.metric,
            strokeWidth: 2,
            fill: colors.metric,
            fillOpacity: 0.12,
          }),
          plot.ruleY(touching, {
            fx: 'panel',
            y: 'v',
            stroke: 'currentColor',
            strokeDasharray: '5,4',
            strokeOpacity: 0.6,
          }),
          ...(['y', 'g'] as const).flatMap((part) => [
            plot.arrow(of(part), {
              fx: 'panel',
              x1: 0,
              y1: 0,
              x2: 'u',
              y2: 'v',
              stroke: ink[part],
              strokeWidth: 2.5,
              headLength: 9,
              inset: 0,
            }),
            plot.text(of(part), {
              fx: 'panel',
              x: ({ u }: Point) => 0.6 * u + off * beside[part][0],
              y: ({ v }: Point) => 0.6 * v + off * beside[part][1],
              text: () => part,
              fill: ink[part],
              fontSize: 16,
              fontStyle: 'italic',
            }),
          ]),
          plot.dot(touching, { fx: 'panel', x: 'u', y: 'v', r: 4, fill: 'currentColor' }),
          plot.text(Object.values(panels), {
            fx: (panel: string) => panel,
            frameAnchor: 'top',
            dy: 6,
            lineWidth: side / 13,
          }),
          plot.text(Object.values(panels), {
            fx: (panel: string) => panel,
            frameAnchor: 'bottom',
            dy: -6,
            text: (panel: string) => (panel === panels.metric ? `κ = ${short(metric.conditionNumber)}` : `ψ = ${psi}`),
          }),
        ],
      });
    },
  };
}
