import type { MetricSummary } from '../../certificates/certificate.js';
import { colors, type Figure } from '../figure.js';
import { spectrum } from '../../geometry/spectrum.js';
import { decades, degrees, short } from './words.js';

export const curves = ['λ₋', 'α', 'λ₊', 'κ'] as const;

/** Gram of vectors with `‖y‖ = a`, `‖g‖ = 1`, ψ apart. */
export const gramAt = (psi: number, a: number, dimension: number): Parameters<typeof spectrum>[0] => ({
  yy: a * a,
  gg: 1,
  yg: a * Math.cos(psi),
  rejected: (a * Math.sin(psi)) ** 2,
  dimension,
});

/**
 * Figure 3 of [SSK24]: λ−, α and λ+ of the optimal metric in units of `a = ‖y‖/‖g‖`, and κ, against ψ; the run's own steps as dots
 * on the curves.
 *
 * @param metrics of a run's certificates
 * @param count steps at most, spread evenly by their ψ, the least and the greatest among them: more only cover each other
 */
export function spectrumAgainstPsi(metrics: readonly (MetricSummary | null)[], count = 300): Figure {
  const own = thinned(
    metrics.filter((each) => each !== null),
    count,
  );
  const largest = own.reduce((all, { psi }) => Math.max(all, psi), 0);
  const smallest = own.reduce((all, { psi }) => Math.min(all, psi), Math.PI / 2);
  // To 85° at least; further only as far as the run went.
  const end = Math.min(Math.PI / 2 - 1e-9, Math.max((85 * Math.PI) / 180, largest));
  const grid = Array.from({ length: 181 }, (_, i) => (Math.PI / 2) * (1 - (1 - i / 180) ** 2)).filter(
    (psi) => psi < end,
  );
  const row = (source: 'curve' | 'step', psi: number, values: readonly [number, number, number, number]) => ({
    source,
    psiDegrees: (psi * 180) / Math.PI,
    'λ₋': values[0],
    α: values[1],
    'λ₊': values[2],
    κ: values[3],
  });
  const onCurves = [...grid, end].flatMap((psi) => {
    const at = spectrum(gramAt(psi, 1, 2));
    return at === null ? [] : [row('curve', psi, [at.eigenvalueMin, at.alpha, at.eigenvalueMax, at.conditionNumber])];
  });
  const ofSteps = own.map(({ psi, alpha, eigenvalueMin, eigenvalueMax, conditionNumber }) => {
    // For the optimal metric the product of both ends is a².
    const a = Math.sqrt(eigenvalueMin) * Math.sqrt(eigenvalueMax);
    return row('step', psi, [eigenvalueMin / a, alpha / a, eigenvalueMax / a, conditionNumber]);
  });
  const ink = [colors.y, colors.metric, colors.g, colors.other];
  return {
    name: 'spectrum-against-psi',
    title: 'Eigenvalues and condition number against the angle ψ',
    caption: `Lines: the best-conditioned metric, in units of a = ‖y‖/‖g‖; as ψ nears 90° the smallest eigenvalue goes to 0 and the others to infinity. Dots: ${own.length === 0 ? 'none, for no step of this run has a metric' : 'steps of this run'}.`,
    alt: `Four curves against ψ from 0° to 90°: λ− falls, α, λ+ and κ rise without bound. ${own.length === 0 ? 'No step of the run is on them.' : `The run's steps lie between ψ = ${degrees(smallest)} and ${degrees(largest)}.`}`,
    rows: [...onCurves, ...ofSteps],
    missing: null,
    draw: ({ plot, document }, width) => {
      const marks = (rows: readonly ReturnType<typeof row>[]) =>
        rows.flatMap((each) => curves.map((curve) => ({ curve, psiDegrees: each.psiDegrees, value: each[curve] })));
      const [lines, dots] = [marks(onCurves), marks(ofSteps)];
      const shown = [...lines, ...dots].map(({ value }) => value);
      const names = curves.map((curve) => {
        const at = lines.filter((each) => each.curve === curve && each.psiDegrees <= 60).at(-1);
        return { curve, x: 60, value: at?.value ?? 1 };
      });
      return plot.plot({
        document,
        width,
        height: Math.round(Math.min(420, 0.62 * width + 40)),
        marginLeft: 52,
        marginRight: 18,
        marginBottom: 42,
        marginTop: 26,
        x: {
          domain: [0, 90],
          ticks: [0, 15, 30, 45, 60, 75, 90],
          tickFormat: (tick: number) => `${String(tick)}°`,
          label: 'ψ, angle between y and g',
        },
        y: {
          type: 'log',
          domain: [Math.min(...shown), Math.max(...shown)],
          ticks: decades(Math.min(...shown), Math.max(...shown)),
          tickFormat: (tick: number) => short(tick),
          label: 'λ in units of a, and κ',
          grid: true,
        },
        color: { domain: [...curves], range: ink },
        marks: [
          plot.line(lines, { x: 'psiDegrees', y: 'value', stroke: 'curve', strokeWidth: 1.75 }),
          plot.dot(dots, { x: 'psiDegrees', y: 'value', fill: 'curve', r: 3, fillOpacity: 0.45 }),
          ...names.map((name) =>
            plot.text([name], {
              x: 'x',
              y: 'value',
              text: 'curve',
              fill: 'curve',
              dx: -4,
              dy: name.curve === 'κ' || name.curve === 'λ₊' ? -11 : 13,
              textAnchor: 'end',
              fontSize: 14,
              fontWeight: 'bold',
            }),
          ),
        ],
      });
    },
  };
}

function thinned(all: readonly MetricSummary[], count: number): MetricSummary[] {
  if (all.length <= count) return [...all];
  const sorted = [...all].sort((one, other) => one.psi - other.psi);
  return Array.from({ length: count }, (_, i) => sorted[Math.round((i * (sorted.length - 1)) / (count - 1))]).filter(
    (each) => each !== undefined,
  );
}
