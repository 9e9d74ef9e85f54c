import { shown } from '../charts/numbers.js';
import type { Failure, PlacedAlert, RunDigest } from '../timeline/runDigest.js';
import { describeSteps, shortened, type StepList } from '../timeline/stepList.js';
import { html, type Html } from './html.js';

/** Ranges of steps that all lists of the page have together. */
const mostRanges = 24_000;
const mostLetters = 400;
const mostReasons = 10;

const failures: readonly { readonly failure: Failure; readonly title: string; readonly words: string }[] = [
  {
    failure: 'alignment',
    title: 'Steps that climbed their gradient',
    words: 'y·g < 0 beyond rounding: no metric makes the step a descent.',
  },
  {
    failure: 'effective',
    title: 'Steps after which the loss was higher',
    words: 'The same loss, before and after the step; where it was measured.',
  },
  {
    failure: 'stepSize',
    title: 'Steps whose rate exceeded the sufficient bound, or did not lower the loss',
    words: 'The bound is sufficient, not necessary: a rate above it is not thereby wrong.',
  },
];

/** Every alert and every failed step, by name. */
export function happenings(runs: readonly RunDigest[]): Html {
  const lists = runs.reduce((sum, run) => sum + failures.length + run.rules.length, 0);
  const limit = Math.max(20, Math.floor(mostRanges / lists));
  return html`<section id="happenings" aria-labelledby="happenings-title">
    <h2 id="happenings-title">Alerts and failed steps</h2>
    ${runs.map(
      (run) =>
        html`${runs.length > 1 ? html`<h3>${run.label}</h3>` : ''}${alertTable(run)}${ruleLists(run, limit)}${failures.map(
          ({ failure, title, words }) => stepSection(title, words, run.failures[failure], limit),
        )}${unresolved(run)}`,
    )}
  </section> `;
}

function stepSection(title: string, words: string, list: StepList, limit: number): Html {
  if (list.count === 0) return html`<h3>${title}: none</h3> `;
  return html`<h3>${title}: ${shown(list.count, 12)}</h3>
    <p>${words}</p>
    ${stepsOf(list, limit, title)}`;
}

function stepsOf(list: StepList, limit: number, title: string): Html {
  const short = shortened(list, limit);
  const together =
    short.gap > 1
      ? ` Steps at most ${shown(short.gap, 12)} apart are told together, with their number in brackets.`
      : '';
  const told = html`<summary>Which steps</summary>
    <p class="steps" tabindex="0" role="region" aria-label="${title}">${describeSteps(short)}.${together}</p>`;
  return short.ranges.length <= 60 ? html`<details open>${told}</details> ` : html`<details>${told}</details> `;
}

/** Why conditions were left open. */
function unresolved(run: RunDigest): Html {
  const reasons = run.summary.unresolved.slice(0, mostReasons);
  if (reasons.length === 0) return html`<h3>Left unresolved: nothing</h3> `;
  return html`<h3>Left unresolved</h3>
    <ul>
      ${reasons.map(({ reason, steps }) => html`<li>${shown(steps, 12)} ×: ${cut(reason)}</li>`)}
    </ul> `;
}

function alertTable(run: RunDigest): Html {
  const count = run.rules.reduce((sum, { steps }) => sum + steps.count, 0);
  if (count === 0) return html`<h3>Alerts: none</h3> `;
  const rest = count - run.alerts.length;
  return html`<h3>Alerts: ${shown(count, 12)}</h3>
    <div class="scroll" role="region" aria-label="Alerts" tabindex="0">
      <table class="words alerts">
        <thead>
          <tr>
            <th scope="col">step</th>
            <th scope="col">level</th>
            <th scope="col">rule</th>
            <th scope="col">what</th>
          </tr>
        </thead>
        <tbody>
          ${run.alerts.map(alertRow)}
        </tbody>
      </table>
    </div>
    ${rest > 0 ? html`<p>The first ${shown(run.alerts.length, 12)} are shown in full; the steps of the other ${shown(rest, 12)} are in the lists by rule below.</p>` : ''}`;
}

const alertRow = ({ at, alert }: PlacedAlert): Html =>
  html`<tr>
    <td>${at}</td>
    <td>${alert.level}</td>
    <td>${cut(alert.rule)}</td>
    <td class="long">
      <strong>${cut(alert.title)}.</strong> ${cut(alert.message)} <small>${cut(evidence(alert.evidence))}</small>
    </td>
  </tr>`;

function ruleLists(run: RunDigest, limit: number): Html {
  if (run.rules.length === 0) return html``;
  return html`<details>
    <summary>Alerts by rule</summary>
    ${run.rules.map(
      ({ rule, steps, level }) =>
        html`<h3>${cut(rule)} (${level}): ${shown(steps.count, 12)}</h3>
          ${stepsOf(steps, limit, cut(rule))}`,
    )}
  </details> `;
}

const evidence = (numbers: Readonly<Record<string, unknown>>): string =>
  Object.entries(numbers)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? shown(value) : String(value)}`)
    .join(', ');

const cut = (text: string): string => (text.length <= mostLetters ? text : `${text.slice(0, mostLetters)}…`);
