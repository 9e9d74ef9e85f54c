import { axisFor, type Line, lineChart } from '../charts/lineChart.js';
import { shown } from '../charts/numbers.js';
import { type Figure, palette } from '../figure.js';
import type { RunDigest } from '../timeline/runDigest.js';
import { alertMoments } from './alertMoments.js';
import { binsFor, extentsOf, measured, perRun, table, timeOf } from './shared.js';

const runColors = [palette.blue, palette.orange] as const;

/** One line for each run, in one picture: for quantities that are compared at a glance. */
export function overlaid(
  runs: readonly RunDigest[],
  width: number,
  name: string,
  label: string,
  unit: (value: number) => number = (value) => value,
): Line[] {
  return runs.map((run, i) => ({
    label: runs.length > 1 ? run.label : label,
    color: runColors[i % 2] as string,
    spans: extentsOf(run.time(binsFor(width)), name).map(({ content, ...span }) => ({
      ...span,
      content:
        unit(1) === 1
          ? content
          : {
              ...content,
              min: unit(content.min),
              max: unit(content.max),
              sum: unit(content.sum),
              logSum: content.logSum + content.count * Math.log(unit(1)),
            },
    })),
  }));
}

/** The loss before each step. */
export function loss(runs: readonly RunDigest[]): Figure {
  return {
    name: 'loss',
    title: 'Loss',
    caption:
      'The loss before each step, as it was recorded (of the batch, or of the fixed measure); the band goes from the least to the ' +
      'largest where many steps share a point. Dashed lines mark alerts.',
    alt: perRun(runs, ({ summary: { lossFirst, lossLast } }) =>
      lossFirst === null || lossLast === null
        ? 'No loss was recorded.'
        : `The loss went from ${shown(lossFirst)} to ${shown(lossLast)}.`,
    ),
    rows: table(runs, [{ title: 'loss', extent: 'loss' }]),
    missing: measured(runs, 'loss') ? null : 'No finite loss was recorded in this run.',
    draw: (plotting, width) => {
      const lines = overlaid(runs, width, 'loss', 'loss');
      const all = lines.flatMap(({ spans }) => spans.map(({ content }) => content));
      const wide = Math.max(...all.map(({ max }) => max)) > 20 * Math.min(...all.map(({ min }) => min));
      const single = runs.length === 1 ? lines.map((line) => ({ ...line, label: 'loss' })) : lines;
      return lineChart(plotting, width, {
        title: null,
        time: timeOf(runs),
        axis: axisFor(single, 'loss', wide),
        lines: single,
        moments: runs.length === 1 ? alertMoments(runs[0] as RunDigest, width) : [],
      });
    },
  };
}
