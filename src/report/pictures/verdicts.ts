import type { Verdict } from '../../certificates/certificate.js';
import { type Lane, laneChart } from '../charts/laneChart.js';
import { share, shown, steps } from '../charts/numbers.js';
import { type Figure, palette } from '../figure.js';
import type { RuleAlerts, RunDigest } from '../timeline/runDigest.js';
import { binsFor, listed, panels, perRun, table, timeOf } from './shared.js';

/** The verdicts, the strongest first, in the words and the colour they have everywhere on the page. */
export const verdictWords: readonly { readonly verdict: Verdict; readonly words: string; readonly color: string }[] = [
  { verdict: 'natural-gradient', words: 'natural gradient', color: palette.blue },
  { verdict: 'discrete-natural-gradient', words: 'discrete natural gradient', color: palette.green },
  { verdict: 'overshoot', words: 'overshoot', color: palette.orange },
  { verdict: 'not-natural-gradient', words: 'not natural gradient', color: palette.red },
  { verdict: 'unresolved', words: 'unresolved', color: palette.gray },
];

const levelColors = { info: palette.blue, warn: palette.orange, error: palette.red } as const;
/** Rules with a lane of their own. */
const mostLanes = 8;

/** What each step was, and the alerts, on one time line. */
export function verdicts(runs: readonly RunDigest[]): Figure {
  const withSteps = runs.filter((run) => run.steps > 0);
  const rules = [...new Set(runs.flatMap((run) => run.rules.map(({ rule }) => rule)))];
  return {
    name: 'verdicts',
    title: 'Verdicts and alerts',
    caption:
      'Each lane shows where along the run a verdict was given: the higher the bar, the larger its share of the steps there; ' +
      'what is rare keeps a bar that can be seen. Triangles mark alerts. Dashed lines mark a new call of training.',
    alt: perRun(runs, alt),
    rows: table(runs, [
      ...verdictWords.map(({ verdict, words }) => ({ title: words, count: `verdict/${verdict}` })),
      ...rules.map((rule) => ({ title: `alert ${rule}`, count: `alert/${rule}` })),
    ]),
    missing: withSteps.length === 0 ? 'No step was recorded, so there is no verdict to show.' : null,
    draw: (plotting, width) =>
      panels(plotting, withSteps, (run, title) =>
        laneChart(plotting, width, {
          title,
          time: timeOf(withSteps),
          lanes: [...verdictLanes(run, width), ...alertLanes(run, width)],
          moments: run.begins.length > 20 ? [] : run.begins,
        }),
      ),
  };
}

function alt(run: RunDigest): string {
  const given = verdictWords.filter(({ verdict }) => run.summary.verdicts[verdict] > 0);
  const said = given.map(({ verdict, words }) => `${words} ${shown(run.summary.verdicts[verdict], 12)}`);
  const raised = run.rules.map(({ rule, steps: at }) => `${rule} ${shown(at.count, 12)}`);
  return `Verdicts over ${steps(run.steps)}: ${said.length > 0 ? listed(said) : 'none'}. Alerts: ${raised.length > 0 ? listed(raised.slice(0, 20)) : 'none'}.`;
}

function verdictLanes(run: RunDigest, width: number): Lane[] {
  const spans = run.time(binsFor(width));
  return verdictWords.map(({ verdict, words, color }) => {
    const count = run.summary.verdicts[verdict];
    return {
      label: count === 0 ? words : `${words}: ${steps(count)}, ${share(count, run.steps)}`,
      color,
      as: 'bars',
      spans: spans.flatMap(({ from, to, content }) => {
        const here = content.counts.get(`verdict/${verdict}`) ?? 0;
        const all = verdictWords.reduce((sum, each) => sum + (content.counts.get(`verdict/${each.verdict}`) ?? 0), 0);
        return here === 0 ? [] : [{ from, to: Math.min(to, run.last), content: { share: here / all } }];
      }),
    };
  });
}

function alertLanes(run: RunDigest, width: number): Lane[] {
  const own = [...run.rules].sort((a, b) => b.steps.count - a.steps.count);
  const [shownRules, others] =
    own.length <= mostLanes ? [own, []] : [own.slice(0, mostLanes - 1), own.slice(mostLanes - 1)];
  return [...shownRules.map((rule) => [rule]), ...(others.length > 0 ? [others] : [])].map((rules) =>
    alertLane(run, rules, width),
  );
}

function alertLane(run: RunDigest, rules: readonly RuleAlerts[], width: number): Lane {
  const [first] = rules;
  const count = rules.reduce((sum, { steps: at }) => sum + at.count, 0);
  const name =
    rules.length === 1 && first ? `${abbreviated(first.rule)} (${first.level})` : `${shown(rules.length)} other rules`;
  const level =
    (['error', 'warn', 'info'] as const).find((each) => rules.some((rule) => rule.level === each)) ?? 'info';
  return {
    label: `alert ${name}: ${shown(count, 12)} ×`,
    color: levelColors[level],
    as: 'marks',
    spans: run
      .time(binsFor(width) / 2)
      .filter(({ content }) => rules.some(({ rule }) => content.counts.has(`alert/${rule}`)))
      .map(({ from, to }) => ({ from, to: Math.min(to, Math.max(run.last, from)), content: { share: 1 } })),
  };
}

const abbreviated = (name: string): string => (name.length <= 28 ? name : `${name.slice(0, 27)}…`);
