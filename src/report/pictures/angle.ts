import { axisFor, type Line, lineChart } from '../charts/lineChart.js';
import { degrees, shown } from '../charts/numbers.js';
import { type Figure, palette } from '../figure.js';
import type { RunDigest } from '../timeline/runDigest.js';
import { alertMoments } from './alertMoments.js';
import { overlaid } from './loss.js';
import { binsFor, measured, panels, perRun, table, timeOf } from './shared.js';

const noMetric = 'No step of this run has a metric: alignment held nowhere, or was not measured.';

/** ψ, and the angle that rounding alone would show. */
export function angle(runs: readonly RunDigest[]): Figure {
  return {
    name: 'angle',
    title: 'Angle ψ to the negative gradient',
    caption:
      'The angle between the negative gradient and the update, in degrees. At 0° the step is plain gradient descent; towards 90° the metric ' +
      'in which it is steepest becomes extreme. Below the floor, float32 rounding alone could be the cause. Gaps are steps without a metric; dashed lines mark alerts.',
    alt: perRun(runs, ({ summary: { psiMedian } }) =>
      psiMedian === null ? noMetric : `The median angle is ${shown(degrees(psiMedian), 3)} degrees.`,
    ),
    rows: table(runs, [
      { title: 'ψ (°)', extent: 'psi', unit: degrees },
      { title: 'floor (°)', extent: 'psiFloor', unit: degrees },
    ]),
    missing: measured(runs, 'psi') ? null : noMetric,
    draw: (plotting, width) => {
      const withSteps = runs.filter((run) => run.steps > 0);
      const linesOf = (run: RunDigest): Line[] => [
        ...overlaid([run], width, 'psi', 'ψ', degrees),
        ...overlaid([run], width, 'psiFloor', 'float32 floor', degrees).map((line) => ({
          ...line,
          color: palette.gray,
        })),
      ];
      const all = withSteps.flatMap(linesOf);
      const psi = withSteps.flatMap((run) => overlaid([run], width, 'psi', 'ψ', degrees));
      const largest = Math.max(...psi.flatMap(({ spans }) => spans.map(({ content }) => content.max)));
      // Angles that matter are shown on the whole quadrant; tiny ones by their powers.
      const axis =
        largest > 2
          ? ({ label: 'ψ (degrees)', type: 'linear', domain: [0, 92], ticks: [0, 30, 60, 90] } as const)
          : axisFor(all, 'ψ (degrees)', true);
      return panels(plotting, withSteps, (run, title) =>
        lineChart(plotting, width, {
          title,
          time: timeOf(withSteps),
          axis,
          lines: linesOf(run),
          levels: largest > 2 ? [90] : [],
          moments: alertMoments(run, width),
        }),
      );
    },
  };
}

/** κ of the best-conditioned metric. */
export function conditionNumber(runs: readonly RunDigest[]): Figure {
  return {
    name: 'condition-number',
    title: 'Condition number κ',
    caption:
      'How far from a multiple of the identity the best-conditioned metric of each step is: its largest over its smallest eigenvalue. 1 is plain gradient descent. ' +
      'Every other metric of the same step has a larger one.',
    alt: perRun(runs, ({ summary: { conditionNumberMedian } }) =>
      conditionNumberMedian === null ? noMetric : `The median condition number is ${shown(conditionNumberMedian)}.`,
    ),
    rows: table(runs, [{ title: 'κ', extent: 'conditionNumber' }]),
    missing: measured(runs, 'conditionNumber') ? null : noMetric,
    draw: (plotting, width) => {
      const lines = overlaid(runs, width, 'conditionNumber', 'κ');
      return lineChart(plotting, width, { title: null, time: timeOf(runs), axis: axisFor(lines, 'κ', true), lines });
    },
  };
}

/** λ−, α and λ+ of the best-conditioned metric. */
export function spectrum(runs: readonly RunDigest[]): Figure {
  const parts = [
    { name: 'eigenvalueMax', label: 'λ₊ largest', color: palette.orange },
    { name: 'alpha', label: 'α (all others)', color: palette.gray },
    { name: 'eigenvalueMin', label: 'λ₋ smallest', color: palette.blue },
  ];
  return {
    name: 'spectrum',
    title: 'Spectrum of the metric',
    caption:
      'The eigenvalues of the best-conditioned metric M with M g = y: the smallest, the largest, and α, which is all the others. ' +
      'They are one choice among many: M is never unique, and the verdict rests on y·g > 0 alone.',
    alt: perRun(runs, (run) => spectrumAlt(run)),
    rows: table(
      runs,
      parts.map(({ name, label }) => ({ title: label, extent: name })),
    ),
    missing: measured(runs, 'alpha') ? null : noMetric,
    draw: (plotting, width) => {
      const withSteps = runs.filter((run) => run.steps > 0);
      const linesOf = (run: RunDigest): Line[] =>
        parts.flatMap(({ name, label, color }) =>
          overlaid([run], width, name, label).map((line) => ({ ...line, color })),
        );
      const axis = axisFor(withSteps.flatMap(linesOf), 'eigenvalue of M', true);
      return panels(plotting, withSteps, (run, title) =>
        lineChart(plotting, width, { title, time: timeOf(withSteps), axis, lines: linesOf(run) }),
      );
    },
  };
}

function spectrumAlt(run: RunDigest): string {
  const whole = run.time(binsFor(0))[0]?.content.extents;
  const low = whole?.get('eigenvalueMin');
  const high = whole?.get('eigenvalueMax');
  if (!low || !high) return noMetric;
  return `The smallest eigenvalue goes from ${shown(low.min)} to ${shown(low.max)}, the largest from ${shown(high.min)} to ${shown(high.max)}.`;
}
