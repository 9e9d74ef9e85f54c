import { type Figure, figureSvg } from '../figure.js';
import type { Plotting } from '../plotting.js';
import { html, type Html, trusted } from './html.js';
import { numbers } from './table.js';

/** Widths that pictures are drawn in: for a page, and for a telephone. */
export const widths = { wide: 860, narrow: 340 } as const;

/** A section of one picture. */
export const section = (plotting: Plotting, figure: Figure): Html =>
  html`<section id="${figure.name}" aria-labelledby="${figure.name}-title">
    <h2 id="${figure.name}-title">${figure.title}</h2>
    ${pictured(plotting, figure)}
  </section> `;

/**
 * The picture, its caption and its numbers; or the word on what is missing.
 *
 * @param film shown in place of the still picture where things may move
 */
export function pictured(plotting: Plotting, figure: Figure, film: Html | null = null): Html {
  const { title, caption, missing, rows } = figure;
  if (missing !== null) return html`<p class="empty">${missing}</p>`;
  const drawn = Object.entries(widths).map(
    ([kind, width]) => html`<div class="${kind}">${trusted(figureSvg(figure, plotting, { width }))}</div>`,
  );
  return html`<figure>
      ${
        film === null
          ? drawn
          : html`${film}
              <div class="still">${drawn}</div>`
      }
      <figcaption>${caption}</figcaption>
    </figure>
    ${numbers(title, rows)}`;
}
