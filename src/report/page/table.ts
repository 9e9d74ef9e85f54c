import { tabulated } from '../charts/numbers.js';
import type { Cell, Row } from '../figure.js';
import { html, type Html } from './html.js';

/** The numbers behind a picture, closed until somebody wants them, scrolled sideways by touch or keys where they are wide. */
export function numbers(title: string, rows: readonly Row[]): Html {
  const [first] = rows;
  if (first === undefined) return html``;
  const columns = Object.keys(first);
  return html`<details>
    <summary>The numbers: ${title} (${rows.length} ${rows.length === 1 ? 'row' : 'rows'})</summary>
    <div class="scroll" role="region" aria-label="${title}, table" tabindex="0">
      <table>
        <thead>
          <tr>
            ${columns.map((column) => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                ${cells(columns, row)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details> `;
}

const cells = (columns: readonly string[], row: Row): Html[] =>
  columns.map((column) => html`<td>${shownCell(row[column] ?? null)}</td>`);

const shownCell = (cell: Cell): string =>
  cell === null ? '' : typeof cell === 'number' ? tabulated(cell) : String(cell);
