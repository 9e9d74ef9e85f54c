import type { Plotting } from '../plotting.js';
import type { Figure } from '../figure.js';
import { alignment, effective } from '../pictures/conditions.js';
import { angle, conditionNumber, spectrum } from '../pictures/angle.js';
import { layers } from '../pictures/layers.js';
import { loss } from '../pictures/loss.js';
import { metricFigures } from '../pictures/metric.js';
import { stepSize } from '../pictures/stepSize.js';
import { verdicts } from '../pictures/verdicts.js';
import { windows } from '../pictures/windows.js';
import type { RunDigest } from '../timeline/runDigest.js';
import { html, type Html, trusted } from './html.js';
import { metricSection } from './metricSection.js';
import { section } from './section.js';
import { happenings } from './happenings.js';
import { headline, overview } from './overview.js';
import { settings } from './settings.js';
import { style } from './style.js';

/** The pictures of one run, or of two side by side, over time, in the order of the page. */
const timePictures = (runs: readonly RunDigest[]): Figure[] =>
  [verdicts, loss, alignment, effective, angle, conditionNumber, spectrum, layers, stepSize, windows].map((picture) =>
    picture(runs),
  );

/** Every picture of the page. */
export const pictures = (runs: readonly RunDigest[]): Figure[] => [
  ...timePictures(runs),
  ...runs.flatMap((run) => metricFigures(runs, run)),
];

export interface PageOptions {
  /** Digests of one run, or of two to compare. */
  readonly runs: readonly RunDigest[];
  /** Further pictures, below the report's own. */
  readonly figures?: readonly Figure[];
  /** Version of this package. */
  readonly version: string;
}

/** The report as one HTML file: it loads nothing, runs nothing, and everything recorded in it is escaped. */
export function page(plotting: Plotting, { runs, figures = [], version }: PageOptions): string {
  const title = runs.map(({ label }) => label).join(' and ');
  const over = timePictures(runs);
  const sections: [string, string][] = [
    ...over.map(named),
    ['metric', 'The metric'],
    ...figures.map(named),
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
          ${overview(runs)}${over.map((figure) => section(plotting, figure))}${metricSection(plotting, runs)}${figures.map((figure) => section(plotting, figure))}${happenings(runs)}${settings(runs)}
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

const named = ({ name, title }: Figure): [string, string] => [name, title];

function notes(runs: readonly RunDigest[]): Html {
  const all = runs.flatMap((run) => run.notes.map((note) => (runs.length > 1 ? `${run.label}: ${note}` : note)));
  return all.length === 0
    ? html``
    : html`<div class="notes" role="note">${all.map((note) => html`<p>${note}</p>`)}</div> `;
}
