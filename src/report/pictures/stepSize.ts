import { axisFor, type Line, lineChart } from '../charts/lineChart.js';
import { shown } from '../charts/numbers.js';
import { type Figure, palette } from '../figure.js';
import type { RunDigest } from '../timeline/runDigest.js';
import { binsFor, extentsOf, panels, perRun, table, timeOf, total } from './shared.js';

/** η against both bounds. */
export function stepSize(runs: readonly RunDigest[]): Figure {
  const states = ['holds', 'fails', 'unresolved'] as const;
  return {
    name: 'step-size',
    title: 'Step size and its bounds',
    caption:
      'The learning rate η against the largest rates for which the step is proven to be exact natural gradient descent, over all metrics and in the best-conditioned one, where the curvature was measured. ' +
      'The bounds are sufficient: a rate above them is not thereby wrong. No point: no limit is known, or there is none.',
    alt: perRun(
      runs,
      (run) =>
        `Within the sufficient bound at ${shown(total(run, 'stepSize/holds'), 12)} steps, above it or without effect at ${shown(total(run, 'stepSize/fails'), 12)}, ` +
        `unresolved at ${shown(total(run, 'stepSize/unresolved'), 12)}, not measured at ${shown(total(run, 'stepSize/skipped'), 12)}.`,
    ),
    rows: table(runs, [
      ...states.map((state) => ({ title: `${state}, steps`, count: `stepSize/${state}` })),
      { title: 'η', extent: 'learningRate' },
      { title: 'bound over all metrics', extent: 'etaMaxSupremum' },
      { title: 'bound of the best-conditioned', extent: 'etaMaxOptimal' },
      { title: 'smallest curvature λ', extent: 'hessianMin' },
    ]).filter((row) => states.some((state) => row[`${state}, steps`] !== null)),
    missing: runs.some((run) => states.some((state) => total(run, `stepSize/${state}`) > 0))
      ? null
      : 'The step size was not measured in this run. It is with the preset `full`, or `stepSize: { every: 64 }`.',
    draw: (plotting, width) => {
      const withSteps = runs.filter((run) => run.steps > 0);
      const linesOf = (run: RunDigest): Line[] => {
        const spans = run.time(binsFor(width));
        const line = (name: string, label: string, color: string, as: 'line' | 'points' | 'alarms'): Line => ({
          label,
          color,
          as,
          spans: extentsOf(spans, name),
        });
        return [
          line('etaMaxSupremum', 'bound, all metrics', palette.green, 'points'),
          line('etaMaxOptimal', 'bound, best metric', palette.purple, 'points'),
          line('learningRate', 'η', palette.blue, 'line'),
          line('stepSize/fails', 'η fails its bound', palette.orange, 'alarms'),
        ];
      };
      const axis = axisFor(withSteps.flatMap(linesOf), 'learning rate η', true);
      return panels(plotting, withSteps, (run, title) =>
        lineChart(plotting, width, { title, time: timeOf(withSteps), axis, lines: linesOf(run) }),
      );
    },
  };
}
