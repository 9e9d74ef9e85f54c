import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { figureSvg, loadPlotting } from 'steepest/figures';

/** Writes `data.json` and one SVG file a figure. @returns the names of the files */
export async function writeRun(folder, data, figures) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'data.json'), `${JSON.stringify(data)}\n`);
  const plotting = await loadPlotting();
  for (const figure of figures)
    writeFileSync(join(folder, `${figure.name}.svg`), figureSvg(figure, plotting, { width: 720, standalone: true }));
  return ['data.json', ...figures.map(({ name }) => `${name}.svg`)];
}
