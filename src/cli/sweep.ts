import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import cliProgress from 'cli-progress';
import pc from 'picocolors';
import { useBackend, useFastestBackend } from '../../callbacks/backends.js';
import { demoStep } from '../../callbacks/demo/demoStep.js';
import { type SweepOptions, sweepStepSize } from '../../callbacks/sweepStepSize.js';
import { loadPlotting } from '../report/plotting.js';
import { sheet } from '../report/sheet.js';
import { stepSizeSweepFigures } from '../report/figures/stepSizeSweep.js';
import { describeSweep } from '../report/stepSizeSweep.js';
import { mnistFiles } from './mnistFiles.js';
import { withoutBanner } from './withoutBanner.js';
import { messageOf } from '../messageOf.js';

export interface SweepCommand {
  readonly backend: string;
  readonly from?: number;
  readonly to?: number;
  readonly count: number;
  readonly discreteGradient: NonNullable<SweepOptions['discreteGradient']>;
  readonly products: number;
  readonly delta: number;
  readonly steps: number;
  readonly seed: number;
  readonly json?: string;
  readonly svg?: string;
}

/** `steepest sweep`. @param module a step of the user's own. @returns the exit code */
export async function sweep(module: string | undefined, options: SweepCommand): Promise<number> {
  const { from, to, count } = options;
  if ((from === undefined) !== (to === undefined))
    throw new Error('sweep: expected --from and --to together, got one of them');
  // The pictures' library is asked for before the work is done, not after.
  const plotting = options.svg === undefined ? null : await loadPlotting();
  const backend = await withoutBanner(() =>
    options.backend === 'auto' ? useFastestBackend() : useBackend(options.backend as 'node' | 'wasm' | 'cpu'),
  );
  if (!backend.available) throw new Error(`the backend ${options.backend} does not work here: ${backend.reason}`);
  const { step, title, dispose } = module === undefined ? await demonstration(options) : await ownStep(module);
  const bar = process.stderr.isTTY
    ? new cliProgress.SingleBar({ format: 'rates {bar} {value}/{total}', clearOnComplete: true })
    : null;
  try {
    const result = await sweepStepSize({
      ...step,
      ...(from === undefined || to === undefined ? {} : { rates: { from, to, count } }),
      discreteGradient: options.discreteGradient,
      products: options.products,
      delta: options.delta,
      onProgress: (done, total) => {
        if (done === 1) bar?.start(total, 0);
        bar?.update(done);
      },
    });
    bar?.stop();
    console.log(`${pc.bold('Steepest sweep')}: ${title}, backend ${backend.name}.\n`);
    console.log(describeSweep(result));
    if (options.json !== undefined) write(options.json, `${JSON.stringify(result)}\n`);
    if (options.svg !== undefined && plotting) write(options.svg, sheet(stepSizeSweepFigures(result), plotting));
    return 0;
  } finally {
    bar?.stop();
    dispose();
  }
}

interface ChosenStep {
  readonly step: Pick<SweepOptions, 'loss' | 'variables' | 'direction'>;
  readonly title: string;
  readonly dispose: () => void;
}

async function demonstration({ steps, seed }: SweepCommand): Promise<ChosenStep> {
  const { dispose, ...step } = await demoStep(mnistFiles('train'), { steps, seed });
  return { step, title: `784-16-10 on 128 MNIST digits after ${String(steps)} steps of SGD`, dispose };
}

/** A module that exports `loss`, `variables` and, if it likes, `direction`. */
async function ownStep(path: string): Promise<ChosenStep> {
  let found: Record<string, unknown>;
  try {
    found = (await import(/* @vite-ignore */ pathToFileURL(resolve(path)).href)) as Record<string, unknown>;
  } catch (cause) {
    throw new Error(`sweep: ${path} can't be imported: ${messageOf(cause)}`, {
      cause,
    });
  }
  const { loss, direction } = found;
  const variables: unknown = found['variables'];
  // What they are is checked by the sweep itself.
  if (typeof loss !== 'function' || !Array.isArray(variables))
    throw new Error(
      `sweep: expected ${path} to export \`loss\` (a function) and \`variables\` (a list), got ${Object.keys(found).join(', ') || 'nothing'}`,
    );
  const step = {
    loss,
    variables: variables as ChosenStep['step']['variables'],
    ...(direction === undefined ? {} : { direction }),
  } as ChosenStep['step'];
  return { step, title: path, dispose: () => undefined };
}

function write(path: string, text: string): void {
  mkdirSync(dirname(resolve(path)), { recursive: true });
  writeFileSync(path, text);
  console.log(`\nWritten: ${path}`);
}
