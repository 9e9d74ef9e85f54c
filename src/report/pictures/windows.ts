import { type Lane, laneChart } from '../charts/laneChart.js';
import { axisFor, lineChart } from '../charts/lineChart.js';
import { degrees, shown } from '../charts/numbers.js';
import { type Figure, palette } from '../figure.js';
import { stack } from '../charts/stack.js';
import type { RunDigest } from '../timeline/runDigest.js';
import { overlaid } from './loss.js';
import { binsFor, panels, perRun, table, timeOf, total } from './shared.js';

const states = [
  { state: 'holds', color: palette.blue },
  { state: 'fails', color: palette.orange },
  { state: 'unresolved', color: palette.gray },
] as const;

const questions = [
  { name: 'alignment', holds: 'window descends', fails: 'window climbs', unresolved: 'direction unresolved' },
  {
    name: 'effective',
    holds: 'fixed loss fell',
    fails: 'fixed loss rose',
    unresolved: 'change of the fixed loss unresolved',
  },
] as const;

/** What is measured of a window, below its verdicts. */
const measures = [
  { name: 'window/psi', label: 'ψ of the window (degrees)', unit: degrees, powers: false },
  {
    name: 'window/smallestEffective',
    label: 'smallest effective T (steps)',
    unit: (steps: number) => steps,
    powers: true,
  },
] as const;

/** Windows of steps, each taken as one. */
export function windows(runs: readonly RunDigest[]): Figure {
  const some = runs.filter((run) => run.windows > 0);
  return {
    name: 'windows',
    title: 'Windows of steps',
    caption:
      'Learning may go one step back and two forward. Here each window of steps is taken as one: did it descend on the loss averaged over it, and did one fixed loss fall from its beginning to its end? ' +
      'A bar stands where the window ends. Below: the angle ψ of the window as one step, and the smallest number T of steps over which the loss always fell.',
    alt: perRun(
      runs,
      (run) =>
        `${shown(run.windows, 12)} windows: ${shown(total(run, 'window/alignment/holds'), 12)} descend, ${shown(total(run, 'window/alignment/fails'), 12)} climb; ` +
        `the fixed loss fell over ${shown(total(run, 'window/effective/holds'), 12)}, rose over ${shown(total(run, 'window/effective/fails'), 12)}.`,
    ),
    rows: table(runs, [
      ...questions.flatMap((question) =>
        states.map(({ state }) => ({ title: question[state], count: `window/${question.name}/${state}` })),
      ),
      { title: 'ψ of the window (°)', extent: 'window/psi', unit: degrees },
      { title: 'smallest effective T', extent: 'window/smallestEffective' },
    ]),
    missing:
      some.length > 0 ? null : 'No window was recorded: the run is shorter than one window, or windows were off.',
    draw: (plotting, width) =>
      panels(plotting, some, (run, title) =>
        stack(plotting, [
          laneChart(plotting, width, { title, time: timeOf(some), lanes: lanesOf(run, width), moments: [] }),
          ...measures.flatMap(({ name, label, unit, powers }) => {
            const lines = overlaid([run], width, name, label, unit).filter(({ spans }) => spans.length > 0);
            if (lines.length === 0) return [];
            return lineChart(plotting, width, {
              title: null,
              time: timeOf(some),
              axis: axisFor(lines, label, powers),
              lines: lines.map((line) => ({ ...line, as: 'points' as const })),
            });
          }),
        ]),
      ),
  };
}

function lanesOf(run: RunDigest, width: number): Lane[] {
  const spans = run.time(binsFor(width));
  // Windows that do not overlap are drawn as long as they are, where a step has room of its own.
  const size = spans.every(({ from, to }) => from === to) ? (run.windowSize ?? 1) : 1;
  return questions.flatMap((question) =>
    states.map(({ state, color }) => {
      const key = (of: string): string => `window/${question.name}/${of}`;
      const count = total(run, key(state));
      return {
        label: count === 0 ? question[state] : `${question[state]}: ${shown(count, 12)}`,
        color,
        as: 'bars' as const,
        spans: spans.flatMap(({ from, to, content }) => {
          const here = content.counts.get(key(state)) ?? 0;
          const all = states.reduce((sum, each) => sum + (content.counts.get(key(each.state)) ?? 0), 0);
          const begin = Math.max(run.first, from - size + 1);
          return here === 0 ? [] : [{ from: begin, to: Math.min(to, run.last), content: { share: here / all } }];
        }),
      };
    }),
  );
}
