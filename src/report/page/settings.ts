import { shown } from '../charts/numbers.js';
import type { RunDigest } from '../timeline/runDigest.js';
import type { RunHeader } from '../../sinks/sink.js';
import { html, type Html } from './html.js';

const mostLayers = 60;
const mostLetters = 20_000;

/** What the runs were made with. */
export const settings = (runs: readonly RunDigest[]): Html =>
  html`<section id="settings" aria-labelledby="settings-title">
    <h2 id="settings-title">Settings and versions</h2>
    ${runs.map((run) => html`${runs.length > 1 ? html`<h3>${run.label}</h3>` : ''}${ofRun(run)}`)}
  </section> `;

function ofRun(run: RunDigest): Html {
  if (run.headers.length === 0)
    return html`<p class="empty">The file has no \`run\` line, so versions, model and options are not known.</p> `;
  const rest = run.runs - run.headers.length;
  return html`${run.headers.map((header, i) =>
    i === 0
      ? headerTable(header)
      : html`<details>
          <summary>Run ${i + 1}, begun ${header.startedAt}</summary>
          ${headerTable(header)}
        </details> `,
  )}${rest > 0 ? html`<p>and ${shown(rest, 12)} more runs.</p>` : ''}`;
}

function headerTable(header: RunHeader): Html {
  const { model } = header;
  const layers = model?.layers ?? [];
  const row = (name: string, value: string | Html): Html =>
    html`<tr>
      <th scope="row">${name}</th>
      <td>${value}</td>
    </tr>`;
  return html`<table class="words settings">
    <tbody>
      ${row('begun', header.startedAt)}${row('Steepest', header.steepest)}${row('TensorFlow.js', header.tfjs)}${row(
        'backend',
        header.backend,
      )}${row('model', model === null ? 'not known' : `${model.name}, ${shown(model.parameters, 12)} parameters`)}${
        layers.length === 0
          ? ''
          : row(
              'layers',
              `${layers.slice(0, mostLayers).join(', ')}${layers.length > mostLayers ? ` and ${shown(layers.length - mostLayers)} more` : ''}`,
            )
      }${row('options', html`<pre>${JSON.stringify(header.options, null, 2).slice(0, mostLetters)}</pre>`)}
    </tbody>
  </table> `;
}
