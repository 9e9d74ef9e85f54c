import { closeSync, mkdirSync, openSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import cliProgress from 'cli-progress';
import { useBackend } from '../../callbacks/backends.js';
import { gallery as rules } from '../../callbacks/rules/gallery.js';
import { galleryProblem } from '../../callbacks/rules/galleryProblem.js';
import type { Rule } from '../../callbacks/rules/rule.js';
import type { Certificate } from '../certificates/certificate.js';
import type { StepRecord } from '../certificates/stepRecord.js';
import { monitor } from '../monitor/monitor.js';
import { type GalleryRow, galleryRow } from '../report/galleryRow.js';
import { figureSvg } from '../report/figure.js';
import { galleryFigure } from '../report/figures/gallery.js';
import { galleryTable } from '../report/galleryTable.js';
import { loadPlotting } from '../report/plotting.js';
import { withoutBanner } from './withoutBanner.js';

export interface GalleryOptions {
  readonly json?: string;
  readonly svg?: string;
  readonly steps: number;
  readonly seed: number;
}

/** Room for a rule's name, its bar and its numbers. */
const pictureWidth = 980;

/** `steepest gallery`. @returns the exit code */
export async function gallery({ json, svg, steps, seed }: GalleryOptions): Promise<number> {
  // What is sure to fail fails before the training.
  if (json !== undefined && json !== '-') requireWritable(json);
  if (svg !== undefined) requireWritable(svg);
  const plotting = svg === undefined ? null : await loadPlotting();
  // Tensors this small are fastest where a kernel costs least to call, and the same on every machine.
  await withoutBanner(async () => {
    await useBackend('cpu');
    // Its first tensor is what makes it speak.
    galleryProblem(seed).dispose();
  });
  const bar = new cliProgress.SingleBar({
    format: '{bar} {value}/{total} {rule}',
    clearOnComplete: true,
    noTTYOutput: false,
  });
  bar.start(rules.length * steps, 0, { rule: '' });
  const rows: GalleryRow[] = [];
  try {
    for (const rule of rules) {
      bar.update({ rule: rule.name });
      rows.push(
        await certifyRule(rule, steps, seed, () => {
          bar.increment();
        }),
      );
    }
  } finally {
    bar.stop();
  }
  const text = `${JSON.stringify(rows, null, 2)}\n`;
  if (json === '-') process.stdout.write(text);
  else console.log(galleryTable(rows));
  if (json !== undefined && json !== '-') writeFileSync(json, text);
  if (svg !== undefined && plotting)
    writeFileSync(svg, figureSvg(galleryFigure(rows), plotting, { width: pictureWidth, standalone: true }));
  return 0;
}

function requireWritable(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  closeSync(openSync(file, 'a'));
}

/** Trains a rule on the problem of the seed, every step certified. */
async function certifyRule(rule: Rule, steps: number, seed: number, onStep: () => void): Promise<GalleryRow> {
  const problem = galleryProblem(seed);
  const { network } = problem;
  const { loss, variables } = network;
  const learner = rule.start({ network, loss, variables, learningRate: rule.learningRate, seed: seed + 2 });
  const watch = monitor({ preset: 'full', stepSize: 'never', window: 0, rules: [] });
  const records: StepRecord[] = [];
  const certificates: Certificate[] = [];
  watch.steps$.subscribe((record) => records.push(record));
  watch.certificates$.subscribe((certificate) => certificates.push(certificate));
  try {
    for (let step = 0; step < steps; step++) {
      await watch.observe(learner);
      onStep();
    }
    await watch.detach();
  } finally {
    learner.dispose();
    problem.dispose();
  }
  return galleryRow(rule, records, certificates);
}
