import * as tf from '@tensorflow/tfjs';
import { type Certificate, memorySink, monitor } from '../../../src/index.js';
import { type Leaked, leakedSince } from './leakedSince.js';

/** From now on a synchronous read-back of what is on the device throws; returns how many were tried so far. */
export function forbidSynchronousReading(): () => number {
  let tried = 0;
  const backend = tf.backend();
  const prototype = Object.getPrototypeOf(backend) as { readSync: (dataId: object) => unknown };
  const { readSync } = prototype;
  prototype.readSync = function (this: typeof prototype & { texData?: unknown }, dataId: object) {
    const held = (Reflect.get(this, 'texData') ?? Reflect.get(this, 'tensorMap')) as {
      get(id: object): { values?: unknown } | undefined;
    };
    // Numbers that are on the host already are no read-back.
    if (held.get(dataId)?.values == null) {
      tried++;
      throw new Error('a synchronous read-back from the device');
    }
    return readSync.call(this, dataId);
  };
  Object.assign(globalThis, { triedToReadSynchronously: () => tried });
  return () => tried;
}

function network(seed: number, units = 24): { model: tf.Sequential; xs: tf.Tensor; ys: tf.Tensor } {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units, activation: 'tanh', inputShape: [10] }), tf.layers.dense({ units: 1 })],
  });
  model.compile({ optimizer: tf.train.sgd(0.05), loss: 'meanSquaredError' });
  const xs = tf.randomNormal([256, 10], 0, 1, 'float32', seed);
  return { model, xs, ys: tf.tidy(() => tf.sin(tf.sum(xs, 1, true))) };
}

/** Training on a WebGL context that is lost on the way: what the monitor says, and what reaches the training from it. */
export async function contextLost(): Promise<{ warnings: string[]; reasons: string[]; fault: string | null }> {
  const { model, xs, ys } = network(1);
  const memory = memorySink();
  const watch = monitor({ preset: 'full', sinks: [memory] });
  const warnings: string[] = [];
  const { warn } = console;
  console.warn = (...words: unknown[]) => warnings.push(words.join(' '));
  let fault: string | null = null;
  let lose: () => void = () => undefined;
  const lost = new Promise<void>((resolve) => {
    lose = resolve;
  });
  try {
    const training = model.fit(xs, ys, {
      batchSize: 64,
      epochs: 4,
      verbose: 0,
      callbacks: [
        watch.callback(model),
        {
          onEpochEnd: (epoch: number) => {
            if (epoch !== 1) return;
            const { gpgpu } = tf.backend() as unknown as { gpgpu: { gl: WebGLRenderingContext } };
            gpgpu.gl.getExtension('WEBGL_lose_context')?.loseContext();
            lose();
          },
        },
      ],
    });
    // On a lost context TensorFlow.js may throw, or wait for ever for what it reads back.
    await Promise.race([training, lost.then(() => new Promise((resolve) => setTimeout(resolve, 6000)))]);
  } catch (error) {
    fault = String(error instanceof Error ? error.stack : error);
  }
  await watch.detach();
  console.warn = warn;
  const certificates = memory.lines.filter((line): line is Certificate => line.kind === 'certificate');
  return { warnings, reasons: [...new Set(certificates.map((each) => each.alignment.reason))], fault };
}

/** How often a timer of 4 ms fires while a model is trained for so many steps, and how long that takes. */
export async function responsiveness(watched: boolean): Promise<{ ticks: number; longest: number; ms: number }> {
  const { model, xs, ys } = network(2, 256);
  const watch = watched ? monitor() : null;
  let ticks = 0;
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    ticks++;
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 4);
  const start = performance.now();
  await model.fit(xs, ys, {
    batchSize: 32,
    epochs: 10,
    verbose: 0,
    ...(watch ? { callbacks: watch.callback(model) } : {}),
  });
  const ms = performance.now() - start;
  clearInterval(timer);
  await watch?.detach();
  return { ticks, longest, ms };
}

/** A loss that throws whenever it is called a second time: how many tensors and buffers are left over, and what was made of the steps. */
export async function throwsAgain(): Promise<{ leaked: Leaked; steps: number }> {
  const start = tf.memory();
  const weight = tf.tidy(() => tf.variable(tf.ones([4, 2])));
  const optimizer = tf.train.sgd(0.1);
  const watch = monitor({ preset: 'full', stepSize: 'never' });
  let steps = 0;
  watch.steps$.subscribe(() => steps++);
  const watched = watch.wrap(optimizer);
  for (let i = 0; i < 4; i++) {
    let calls = 0;
    watched.minimize(
      () => {
        if (calls++ > 0) throw new Error('only once');
        return tf.tidy(() => tf.sum(tf.square(weight)).asScalar());
      },
      false,
      [weight],
    );
    await tf.nextFrame();
  }
  await watch.detach();
  tf.dispose(weight);
  optimizer.dispose();
  return { leaked: leakedSince(start), steps };
}

/** A small loss on a batch that the closure makes of whatever is up: reasons why the curvature was not measured. */
export async function movedOn(scale: number): Promise<string[]> {
  const weight = tf.tidy(() => tf.variable(tf.ones([4, 2])));
  const optimizer = tf.train.sgd(1e-3 / scale);
  const watch = monitor({ preset: 'full', stepSize: 'always' });
  const reasons: string[] = [];
  watch.certificates$.subscribe(({ stepSize }) => reasons.push(`${stepSize.state}: ${stepSize.reason}`));
  const watched = watch.wrap(optimizer);
  let at = 0;
  const loss = (): tf.Scalar =>
    tf.tidy(() =>
      tf
        .mean(tf.square(tf.matMul(tf.fill([3, 4], 1 + at), weight as tf.Tensor2D)))
        .mul(scale)
        .asScalar(),
    );
  for (let i = 0; i < 4; i++) {
    watched.minimize(loss, false, [weight]);
    at++;
  }
  await watch.detach();
  tf.dispose(weight);
  optimizer.dispose();
  return reasons;
}
