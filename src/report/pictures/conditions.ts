import { type Line, lineChart, type ValueAxis } from '../charts/lineChart.js';
import { shown, steps } from '../charts/numbers.js';
import { type Figure, palette } from '../figure.js';
import type { RunDigest } from '../timeline/runDigest.js';
import { binsFor, extentsOf, measured, panels, perRun, table, timeOf, total } from './shared.js';

interface Words {
  readonly name: 'alignment' | 'effective';
  readonly title: string;
  readonly axis: string;
  readonly value: string;
  readonly caption: string;
  /** Measured at every step, or now and then? */
  readonly as: 'line' | 'points';
  readonly holds: string;
  readonly fails: string;
  readonly missing: string;
}

/** `y·g` of each step and what it could be off by. */
export const alignment = (runs: readonly RunDigest[]): Figure =>
  conditionPicture(runs, {
    name: 'alignment',
    title: 'Alignment',
    axis: 'y·g (loss per unit of learning rate)',
    value: 'y·g',
    caption:
      'A metric in which the step is steepest descent exists if and only if y·g > 0 (y: negative gradient, g: update over learning rate). ' +
      'Values in the gray band are within the rounding error and decide nothing; the axis is linear near zero and of powers of ten beyond.',
    as: 'line',
    holds: 'descends',
    fails: 'climbs its gradient',
    missing: 'Alignment was not measured in this run.',
  });

/** `L(θ) − L(θ')` of each measured step and what it could be off by. */
export const effective = (runs: readonly RunDigest[]): Figure =>
  conditionPicture(runs, {
    name: 'effective',
    title: 'Effect on the loss',
    axis: 'decrease L(θ) − L(θ′)',
    value: 'decrease',
    caption:
      'How much the step itself lowered the loss, before and after it on the same batch; below zero the loss rose. Values in the gray band are ' +
      'within the rounding error. It is measured at the steps that the schedule asked for.',
    as: 'points',
    holds: 'the loss fell',
    fails: 'the loss rose',
    missing:
      'The loss after a step was not measured in this run. It is with the presets `standard` and `full`, or `effective: { every: 8 }`.',
  });

function conditionPicture(runs: readonly RunDigest[], words: Words): Figure {
  const { name, title, caption, missing } = words;
  const states = ['holds', 'fails', 'unresolved'] as const;
  const open = runs.reduce((sum, run) => sum + total(run, `${name}/unresolved`), 0);
  return {
    name,
    title,
    caption,
    alt: perRun(
      runs,
      (run) =>
        `${words.holds} at ${shown(total(run, `${name}/holds`), 12)} steps, ${words.fails} at ${shown(total(run, `${name}/fails`), 12)}, ` +
        `unresolved at ${shown(total(run, `${name}/unresolved`), 12)}, not measured at ${shown(total(run, `${name}/skipped`), 12)}.`,
    ),
    rows: table(runs, [
      ...states.flatMap((state) => [
        { title: `${state}, steps`, count: `${name}/${state}` },
        {
          title: `${words.value} where it ${state === 'unresolved' ? 'is unresolved' : state}`,
          extent: `${name}/${state}`,
        },
      ]),
      { title: 'tolerance', extent: `${name}/tolerance` },
    ]),
    missing: measured(runs, ...states.map((state) => `${name}/${state}`))
      ? null
      : open > 0
        ? `${title} was asked for at ${steps(open)} and could be resolved at none; the reasons are below, under “Left unresolved”.`
        : missing,
    draw: (plotting, width) => {
      const shownRuns = runs.filter((run) => run.steps > 0);
      const axis = axisOf(shownRuns, words);
      return panels(plotting, shownRuns, (run, heading) => {
        const spans = run.time(binsFor(width));
        const line = (
          state: (typeof states)[number],
          label: string,
          color: string,
          as: NonNullable<Line['as']>,
        ): Line => ({
          label,
          color,
          as,
          spans: extentsOf(spans, `${name}/${state}`),
        });
        return lineChart(plotting, width, {
          title: heading,
          time: timeOf(shownRuns),
          axis,
          levels: [0],
          band: extentsOf(spans, `${name}/tolerance`).map(({ from, to, content }) => ({
            from,
            to,
            content: { low: -content.max, high: content.max },
          })),
          lines: [
            line('holds', words.holds, palette.blue, words.as),
            line('unresolved', 'unresolved', palette.gray, 'points'),
            line('fails', words.fails, palette.orange, 'alarms'),
          ],
        });
      });
    },
  };
}

/** Symmetric logarithm: linear within the tolerances, powers of ten beyond. */
function axisOf(runs: readonly RunDigest[], { name, axis }: Words): ValueAxis {
  const extents = (kind: string) =>
    runs.flatMap((run) => extentsOf(run.time(), `${name}/${kind}`)).map((s) => s.content);
  const values = ['holds', 'fails', 'unresolved'].flatMap(extents);
  const tolerances = extents('tolerance');
  const low = Math.min(0, ...values.map(({ min }) => min));
  const high = Math.max(0, ...values.map(({ max }) => max));
  const band = Math.max(0, ...tolerances.map(({ max }) => max));
  const positive = tolerances.map(({ min }) => min).filter((each) => each > 0);
  const largest = Math.max(-low, high, band, Number.MIN_VALUE * 1e16);
  const constant = Math.max(largest * 1e-12, Math.min(largest, ...positive));
  return {
    label: axis,
    type: 'symlog',
    constant,
    domain: [Math.min(low, -Math.max(band, constant)) * 1.5, Math.max(high, band, constant) * 1.5],
  };
}
