import type { Plotting } from '../charts/loadPlot.js';
import { degrees, share, shown, steps } from '../charts/numbers.js';
import { type Picture, pictureSvg } from '../charts/picture.js';
import { alignment, effective } from '../pictures/conditions.js';
import { angle, conditionNumber, spectrum } from '../pictures/angle.js';
import { layers } from '../pictures/layers.js';
import { loss } from '../pictures/loss.js';
import { stepSize } from '../pictures/stepSize.js';
import { verdicts, verdictWords } from '../pictures/verdicts.js';
import { windows } from '../pictures/windows.js';
import type { RunDigest } from '../timeline/runDigest.js';
import { html, type Html, trusted } from './html.js';
import { happenings } from './happenings.js';
import { settings } from './settings.js';
import { style } from './style.js';
import { numbers } from './table.js';

/** Widths that pictures are drawn in: for a page, and for a telephone. */
export const widths = { wide: 860, narrow: 340 } as const;

/** The pictures of one run, or of two side by side, in the order of the page. */
export const pictures = (runs: readonly RunDigest[]): Picture[] =>
  [verdicts, loss, alignment, effective, angle, conditionNumber, spectrum, layers, stepSize, windows].map((picture) =>
    picture(runs),
  );

export interface PageOptions {
  /** Digests of one run, or of two to compare. */
  readonly runs: readonly RunDigest[];
  /** Further pictures, below the report's own. */
  readonly figures?: readonly Picture[];
  /** Version of this package. */
  readonly version: string;
}

/** The report as one HTML file: it loads nothing, runs nothing, and everything recorded in it is escaped. */
export function page(plotting: Plotting, { runs, figures = [], version }: PageOptions): string {
  const all = [...pictures(runs), ...figures];
  const title = runs.map(({ label }) => label).join(' and ');
  const sections: [string, string][] = [
    ...all.map((picture): [string, string] => [picture.name, picture.title]),
    ['happenings', 'Alerts and failed steps'],
    ['settings', 'Settings and versions'],
  ];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
        />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <title>${title} – Steepest</title>
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        <a class="skip" href="#content">Skip to the content</a>
        <header>
          <p class="eyebrow">Steepest · report of a training run</p>
          <h1>${title}</h1>
          ${runs.map((run) => html`<p class="lead">${runs.length > 1 ? html`<strong>${run.label}:</strong> ` : ''}${headline(run)}</p> `)}${notes(runs)}
          <nav aria-label="Contents">
            <ul>
              ${sections.map(([id, words]) => html`<li><a href="#${id}">${words}</a></li>`)}
            </ul>
          </nav>
        </header>
        <main id="content" tabindex="-1">
          ${runs.map((run) => tiles(run, runs.length > 1))}${all.map((picture) => section(plotting, picture))}${happenings(runs)}${settings(runs)}
        </main>
        <footer>
          <p>
            Made by Steepest ${version} from the recorded certificates; nothing was recomputed. ψ is an angle, κ a
            condition number, α and λ eigenvalues of the best-conditioned metric M with M g = y. M is never unique: it
            is a choice, and the verdict rests on y·g &gt; 0 alone. Theory: Shoji, Suzuki, Kozachkov,
            <cite>Is All Learning (Natural) Gradient Descent?</cite>, arXiv 2409.16422.
          </p>
        </footer>
      </body>
    </html> `.text;
}

function headline(run: RunDigest): string {
  if (run.steps === 0) return 'No step was recorded in this run: there is nothing to certify.';
  const { verdicts: given, alerts } = run.summary;
  const natural = given['natural-gradient'];
  const others = verdictWords
    .filter(({ verdict }) => verdict !== 'natural-gradient' && given[verdict] > 0)
    .map(({ verdict, words }) => `${words} ${shown(given[verdict], 12)}`);
  const raised = Object.values(alerts).reduce((sum, count) => sum + count, 0);
  return (
    `${share(natural, run.steps)} of ${steps(run.steps)} ${natural === 1 ? 'was' : 'were'} natural gradient descent` +
    `${others.length > 0 ? `; ${others.join(', ')}` : ''}. ${raised === 0 ? 'No alert was raised' : `${shown(raised, 12)} ${raised === 1 ? 'alert was' : 'alerts were'} raised`}.`
  );
}

function tiles(run: RunDigest, named: boolean): Html {
  const { psiMedian, conditionNumberMedian, lossFirst, lossLast, decrease, structure } = run.summary;
  const rungs = Object.entries(structure).sort(([, a], [, b]) => b - a);
  const [simplest] = rungs;
  const tile = (name: string, value: string, more = ''): Html =>
    html`<div class="tile">
      <dt>${name}</dt>
      <dd>${value}${more === '' ? '' : html`<small>${more}</small>`}</dd>
    </div> `;
  return html`${named ? html`<h3>${run.label}</h3> ` : ''}
    <dl class="tiles">
      ${tile('steps', shown(run.steps, 12), run.runs > 1 ? `in ${shown(run.runs, 12)} runs` : '')}${tile(
        'loss',
        lossFirst === null || lossLast === null ? '–' : `${shown(lossFirst, 3)} → ${shown(lossLast, 3)}`,
        'first and last step',
      )}${tile(
        'loss after the step',
        decrease.measured === 0 ? '–' : `fell ${shown(decrease.holds, 12)}, rose ${shown(decrease.fails, 12)}`,
        decrease.measured === 0 ? 'not measured' : `of ${shown(decrease.measured, 12)} measured`,
      )}${tile('ψ, median', psiMedian === null ? '–' : `${shown(degrees(psiMedian), 3)}°`, 'angle of update and −gradient')}${tile(
        'κ, median',
        conditionNumberMedian === null ? '–' : shown(conditionNumberMedian, 4),
        'of the best-conditioned metric',
      )}${tile(
        'simplest metric',
        simplest ? simplest[0] : '–',
        simplest ? `at ${share(simplest[1], run.steps)} of the steps` : 'not known',
      )}
    </dl> `;
}

function notes(runs: readonly RunDigest[]): Html {
  const all = runs.flatMap((run) => run.notes.map((note) => (runs.length > 1 ? `${run.label}: ${note}` : note)));
  return all.length === 0
    ? html``
    : html`<div class="notes" role="note">${all.map((note) => html`<p>${note}</p>`)}</div> `;
}

function section(plotting: Plotting, picture: Picture): Html {
  const { name, title, caption, missing, rows } = picture;
  if (missing !== null)
    return html`<section id="${name}" aria-labelledby="${name}-title">
      <h2 id="${name}-title">${title}</h2>
      <p class="empty">${missing}</p>
    </section> `;
  const drawn = Object.entries(widths).map(
    ([kind, width]) => html`<div class="${kind}">${trusted(pictureSvg(picture, plotting, width))}</div>`,
  );
  return html`<section id="${name}" aria-labelledby="${name}-title">
    <h2 id="${name}-title">${title}</h2>
    <figure>
      ${drawn}
      <figcaption>${caption}</figcaption>
    </figure>
    ${numbers(name, title, rows)}
  </section> `;
}
