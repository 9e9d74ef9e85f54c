import { degrees, share, shown, steps } from '../charts/numbers.js';
import { verdictWords } from '../pictures/verdicts.js';
import type { RunDigest } from '../timeline/runDigest.js';
import { html, type Html } from './html.js';

/** What the run came to, in one or two sentences. */
export function headline(run: RunDigest): string {
  if (run.steps === 0) return 'No step was recorded in this run: there is nothing to certify.';
  const { verdicts } = run.summary;
  const natural = verdicts['natural-gradient'];
  const others = verdictWords
    .filter(({ verdict }) => verdict !== 'natural-gradient' && verdicts[verdict] > 0)
    .map(({ verdict, words }) => `${words} ${shown(verdicts[verdict], 12)}`);
  const raised = alertsOf(run);
  return (
    `${share(natural, run.steps)} of ${steps(run.steps)} ${natural === 1 || run.steps === 1 ? 'was' : 'were'} natural gradient descent` +
    `${others.length > 0 ? `; ${others.join(', ')}` : ''}. ${raised === 0 ? 'No alert was raised' : `${shown(raised, 12)} ${raised === 1 ? 'alert was' : 'alerts were'} raised`}.`
  );
}

const alertsOf = (run: RunDigest): number => run.rules.reduce((sum, rule) => sum + rule.steps.count, 0);

/** One number of the overview. */
interface Tile {
  readonly name: string;
  readonly value: string;
  readonly more: string;
}

function tilesOf(run: RunDigest): Tile[] {
  const { psiMedian, conditionNumberMedian, lossFirst, lossLast, decrease, structure } = run.summary;
  const [simplest] = Object.entries(structure).sort(([, a], [, b]) => b - a);
  const known = lossFirst !== null && lossLast !== null;
  return [
    { name: 'steps', value: shown(run.steps, 12), more: run.runs > 1 ? `in ${shown(run.runs, 12)} runs` : '' },
    {
      name: 'loss',
      value: known ? `${shown(lossFirst, 3)} → ${shown(lossLast, 3)}` : '–',
      more: known ? 'first and last step' : 'none was recorded',
    },
    {
      name: 'loss after the step',
      value: decrease.measured === 0 ? '–' : `fell ${shown(decrease.holds, 12)}, rose ${shown(decrease.fails, 12)}`,
      more: decrease.measured === 0 ? 'not measured' : `of ${shown(decrease.measured, 12)} measured`,
    },
    {
      name: 'ψ, median',
      value: psiMedian === null ? '–' : `${shown(degrees(psiMedian), 3)}°`,
      more: 'angle of update and −gradient',
    },
    {
      name: 'κ, median',
      value: conditionNumberMedian === null ? '–' : shown(conditionNumberMedian, 4),
      more: 'of the best-conditioned metric',
    },
    {
      name: 'simplest metric',
      value: simplest ? simplest[0] : '–',
      more: simplest ? `at ${share(simplest[1], run.steps)} of the steps` : 'not known',
    },
  ];
}

/** The run in a few numbers; two runs side by side. */
export function overview(runs: readonly RunDigest[]): Html {
  const [first] = runs;
  if (runs.length === 1 && first) {
    return html`<dl class="tiles">
      ${tilesOf(first).map(
        ({ name, value, more }) =>
          html`<div class="tile">
            <dt>${name}</dt>
            <dd>${value}${more === '' ? '' : html`<small>${more}</small>`}</dd>
          </div>`,
      )}
    </dl> `;
  }
  const verdictRows = verdictWords.map(({ verdict, words }) => ({
    name: words,
    values: runs.map(
      (run) => `${shown(run.summary.verdicts[verdict], 12)} (${share(run.summary.verdicts[verdict], run.steps)})`,
    ),
  }));
  const tiles = runs.map(tilesOf);
  const rows = [
    ...verdictRows,
    { name: 'alerts', values: runs.map((run) => shown(alertsOf(run), 12)) },
    ...(tiles[0] ?? []).map(({ name }, i) => ({ name, values: tiles.map((of) => of[i]?.value ?? '') })),
  ];
  return html`<table class="compare">
    <thead>
      <tr>
        <td></td>
        ${runs.map(({ label }) => html`<th scope="col">${label}</th>`)}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        ({ name, values }) =>
          html`<tr>
            <th scope="row">${name}</th>
            ${values.map((value) => html`<td>${value}</td>`)}
          </tr>`,
      )}
    </tbody>
  </table> `;
}
