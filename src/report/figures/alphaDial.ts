import type { MetricSummary } from '../../certificates/certificate.js';
import { spectrum } from '../../geometry/spectrum.js';
import { colors, type Figure } from '../figure.js';
import { gramAt } from './spectrumAgainstPsi.js';
import { decades, degrees, short } from './words.js';

const curves = ['λ min', 'λ max', 'κ'] as const;

/**
 * The free choice: how `λ_min`, `λ_max` and κ of `M_α` [SSK24, eq. (8)] change as α does, for one step. Every α gives a metric in which
 * the very same step is steepest, so nobody should take the reported one for unique.
 *
 * @param metric of one certificate; `null`: nothing to show
 */
export function alphaDial(metric: MetricSummary | null): Figure {
  const name = 'alpha-dial';
  const title = 'The metric is a choice: what α does to it';
  const a = metric === null ? 1 : Math.sqrt(metric.eigenvalueMin) * Math.sqrt(metric.eigenvalueMax);
  const rows =
    metric === null
      ? []
      : Array.from({ length: 161 }, (_, i) => 10 ** ((i - 80) / 40)).flatMap((beta) => {
          const at = spectrum(gramAt(metric.psi, a, metric.dimension), beta * metric.alpha);
          if (at === null) return [];
          const values = [at.eigenvalueMin / a, at.eigenvalueMax / a, at.conditionNumber];
          return curves.map((curve, k) => ({ alphaOverOptimal: beta, curve, value: values[k] as number }));
        });
  const psi = metric === null ? '' : degrees(metric.psi);
  const cosine = metric === null ? 1 : Math.cos(metric.psi);
  return {
    name,
    title,
    caption: `All metrics M_α in which the same step (ψ = ${psi}) is steepest descent. κ is least at α_opt, the metric that is reported; λ_min stays below a cos ψ and λ_max above a / cos ψ (dotted), which no metric of this step passes.`,
    alt: `Three curves against α over its optimum, from 0.01 to 100: κ is least (${metric === null ? '' : short(metric.conditionNumber)}) at 1; λ_min rises to a bound, λ_max falls to a bound and then rises.`,
    rows,
    missing: rows.length === 0 ? 'No step has a metric: none was aligned or effective.' : null,
    draw: ({ plot, document }, width) => {
      const ink = [colors.y, colors.g, colors.other];
      const bounds = [
        { value: cosine, curve: 'λ min' },
        { value: 1 / cosine, curve: 'λ max' },
      ];
      const values = rows.map(({ value }) => value);
      const names = [
        { curve: 'λ min', at: 20, dx: -8, dy: -4, textAnchor: 'end' },
        { curve: 'λ max', at: 130, dx: 10, dy: 12, textAnchor: 'start' },
        { curve: 'κ', at: 130, dx: -8, dy: -6, textAnchor: 'end' },
      ] as const;
      return plot.plot({
        document,
        width,
        height: Math.round(Math.min(380, 0.55 * width + 40)),
        marginLeft: 52,
        marginRight: 18,
        marginBottom: 42,
        marginTop: 26,
        x: {
          type: 'log',
          domain: [0.01, 100],
          ticks: [0.01, 0.1, 1, 10, 100],
          tickFormat: (tick: number) => short(tick),
          label: 'α in units of its optimum',
        },
        y: {
          type: 'log',
          ticks: decades(Math.min(...values), Math.max(...values)),
          tickFormat: (tick: number) => short(tick),
          label: 'λ in units of a, and κ',
          grid: true,
        },
        color: { domain: [...curves], range: ink },
        marks: [
          plot.ruleX([1], { stroke: 'currentColor', strokeOpacity: 0.5, strokeDasharray: '5,4' }),
          plot.ruleY(bounds, { y: 'value', stroke: 'curve', strokeDasharray: '1.5,4', strokeWidth: 1.5 }),
          plot.line(rows, { x: 'alphaOverOptimal', y: 'value', stroke: 'curve', strokeWidth: 2 }),
          ...names.map(({ curve, at, ...place }) =>
            plot.text(rows.filter((row) => row.curve === curve).slice(at, at + 1), {
              x: 'alphaOverOptimal',
              y: 'value',
              text: 'curve',
              fill: 'curve',
              fontSize: 14,
              fontWeight: 'bold',
              ...place,
            }),
          ),
          plot.text([1], { x: 1, frameAnchor: 'top', text: () => 'reported', dx: 5, textAnchor: 'start', dy: 2 }),
        ],
      });
    },
  };
}
