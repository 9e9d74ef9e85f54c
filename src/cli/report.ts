import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { loadPlotting, type Plotting } from '../report/plotting.js';
import { type Figure, figureSvg } from '../report/figure.js';
import { page, pictures } from '../report/page/page.js';
import { widths } from '../report/page/section.js';
import { version } from '../version.js';
import { digestFile } from './digestFile.js';
import { messageOf } from '../messageOf.js';

export interface ReportOptions {
  readonly output: string;
  readonly svg?: string;
  readonly png?: string;
}

/** Dots to a pixel of a PNG: sharp in print at the width of a page. */
const zoom = 2;

/**
 * `steepest report`: one page of one recorded run, or of two to compare.
 *
 * @returns the exit code
 * @throws Error that says what can't be read or written
 */
export async function report(files: readonly string[], { output, svg, png }: ReportOptions): Promise<number> {
  if (files.length > 2)
    throw new Error(`report: expected one recorded run, or two to compare, got ${String(files.length)} files`);
  const labels = labelsOf(files);
  const runs = [];
  for (const [i, file] of files.entries()) runs.push(await digestFile(file, labels[i] as string, files.length));
  for (const run of runs)
    for (const note of run.notes) process.stderr.write(`steepest report: ${run.label}: ${note}\n`);
  const plotting = await loadPlotting();
  if (files.some((file) => same(file, output)))
    throw new Error(`report: expected \`--output\` to be another file than the run, got ${output}`);
  written(output, page(plotting, { runs, version }));
  console.log(`${output}: ${runs.map((run) => `${run.label}, ${String(run.steps)} steps`).join('; ')}`);
  const drawn = pictures(runs).filter(({ missing }) => missing === null);
  if (svg !== undefined)
    tell(svg, drawn, 'svg', (figure) => figureSvg(figure, plotting, { width: widths.wide, standalone: true }));
  if (png !== undefined) tell(png, drawn, 'png', await rasterizer(plotting));
  return 0;
}

function tell(
  folder: string,
  drawn: readonly Figure[],
  ending: string,
  content: (figure: Figure) => string | Uint8Array,
): void {
  for (const figure of drawn) written(join(folder, `${figure.name}.${ending}`), content(figure));
  console.log(`${folder}: ${String(drawn.length)} pictures, .${ending}`);
}

async function rasterizer(plotting: Plotting): Promise<(figure: Figure) => Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js').catch((cause: unknown) => {
    throw new Error('`--png` needs the optional package @resvg/resvg-js: npm install @resvg/resvg-js', { cause });
  });
  return (figure) =>
    new Resvg(figureSvg(figure, plotting, { width: widths.wide, standalone: true }), {
      fitTo: { mode: 'zoom', value: zoom },
      background: '#ffffff',
    })
      .render()
      .asPng();
}

function written(file: string, content: string | Uint8Array): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  } catch (cause) {
    throw new Error(`${file} can't be written: ${messageOf(cause)}`, { cause });
  }
}

/** The files' names; their paths where the names are the same. */
function labelsOf(files: readonly string[]): string[] {
  const names = files.map((file) => basename(file));
  if (new Set(names).size === names.length) return names;
  return new Set(files).size === files.length ? [...files] : files.map((file, i) => `${file} (${String(i + 1)})`);
}

function same(one: string, other: string): boolean {
  try {
    return realpathSync(one) === realpathSync(other);
  } catch {
    return false;
  }
}
