import { rmSync } from 'node:fs';
import cliProgress from 'cli-progress';
import pc from 'picocolors';
import { useBackend, useFastestBackend } from '../../callbacks/backends.js';
import { trainDemo } from '../../callbacks/demo/trainDemo.js';
import type { Alert } from '../alerts/alert.js';
import type { StepSizeCondition } from '../certificates/certificate.js';
import { monitor } from '../monitor/monitor.js';
import { jsonlSink } from '../sinks/jsonl.js';
import { mnistFiles } from './mnistFiles.js';
import { withoutBanner } from './withoutBanner.js';

export interface DemoOptions {
  readonly backend: string;
  readonly output: string;
  readonly epochs: number;
  readonly seed: number;
}

const levels: Readonly<Record<Alert['level'], (text: string) => string>> = {
  info: pc.cyan,
  warn: pc.yellow,
  error: pc.red,
};

/** `steepest demo`. @returns the exit code */
export async function demo(options: DemoOptions): Promise<number> {
  const { epochs, seed } = options;
  const [train, test] = [mnistFiles('train'), mnistFiles('t10k')];
  const backend = await withoutBanner(() =>
    options.backend === 'auto' ? useFastestBackend() : useBackend(options.backend as 'node' | 'wasm' | 'cpu'),
  );
  if (!backend.available) throw new Error(`the backend ${options.backend} does not work here: ${backend.reason}`);
  rmSync(options.output, { force: true });
  const raiseAt = Math.max(1, epochs - 1);
  console.log(`${pc.bold('Steepest demo')}: 784-64-10 on 6,000 MNIST digits, SGD, backend ${backend.name}.`);
  console.log(
    `One callback is added to model.fit. In epoch ${String(raiseAt + 1)} the learning rate is raised on purpose.\n`,
  );

  const watch = monitor({
    preset: 'standard',
    effective: [{ every: 4 }, 'on-suspicion'],
    stepSize: { every: 24, offset: 22 },
    discreteGradient: 'mean-value',
    curvature: { products: 12 },
    sinks: [jsonlSink(options.output)],
  });
  const bar = process.stdout.isTTY
    ? new cliProgress.SingleBar({
        format: 'epoch {epoch} {bar} {value}/{total} natural {natural} ψ {psi}',
        clearOnComplete: true,
      })
    : null;
  let [steps, natural, psi, withMetric] = [0, 0, 0, 0];
  let bounds: StepSizeCondition | null = null;
  watch.certificates$.subscribe(({ verdict, metric, stepSize }) => {
    if (stepSize.etaMaxSupremum !== null) bounds = stepSize;
    steps++;
    if (verdict === 'natural-gradient' || verdict === 'discrete-natural-gradient') natural++;
    if (metric) {
      psi += metric.psi;
      withMetric++;
    }
  });
  const share = (): string => `${((100 * natural) / Math.max(1, steps)).toFixed(1)} %`;
  const degrees = (): string => (withMetric === 0 ? '–' : `${((psi / withMetric) * (180 / Math.PI)).toPrecision(3)}°`);
  watch.alerts$.subscribe((alert) => {
    bar?.stop();
    console.log(levels[alert.level](`  ${alert.level} · ${alert.message}`));
  });
  let epochNow = 1;
  await trainDemo({
    train,
    test,
    epochs,
    seed,
    count: 6000,
    testCount: 1000,
    learningRate: 0.1,
    raiseAt,
    raise: 10,
    callback: (model) => watch.callback(model),
    onBatch: (batch, batches) => {
      if (bar && !bar.isActive) bar.start(batches, batch, { epoch: epochNow, natural: share(), psi: degrees() });
      bar?.update(batch, { epoch: epochNow, natural: share(), psi: degrees() });
    },
    onEpoch: (epoch, loss, accuracy, rate) => {
      bar?.stop();
      const figures = `loss ${loss.toFixed(4)}  accuracy ${(100 * accuracy).toFixed(1)} %  natural gradient ${share()}  ψ ${degrees()}`;
      console.log(`epoch ${String(epoch + 1)}/${String(epochs)}  rate ${String(rate)}${described(bounds)}  ${figures}`);
      bounds = null;
      [steps, natural, psi, withMetric] = [0, 0, 0, 0];
      epochNow = epoch + 2;
    },
  });
  bar?.stop();
  console.log(`\n${watch.summary()}`);
  await watch.detach();
  console.log(`\nRecorded in ${options.output}; certify it again with: npx steepest certify ${options.output}`);
  return 0;
}

/** Both sufficient bounds of the epoch's last step that has them. */
function described(bounds: StepSizeCondition | null): string {
  if (bounds === null) return '';
  const figure = (value: number | null): string => (value === null ? '–' : value.toPrecision(2));
  return ` (bounds ${figure(bounds.etaMaxOptimal)}, ${figure(bounds.etaMaxSupremum)})`;
}
