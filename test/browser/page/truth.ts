import * as tf from '@tensorflow/tfjs';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { monitor, type Schedules } from '../../../src/index.js';
import { judge, type Judgement } from '../../oracles/judge.js';
import { type WatchedStep, watchedSteps } from '../../oracles/watchedSteps.js';

/** A small network on fixed data, made anew on whatever backend is in use. */
interface Network {
  readonly variables: tf.Variable[];
  readonly loss: () => tf.Scalar;
  readonly dispose: () => void;
}

export function network(seed: number, kind: 'softmax' | 'mse'): Network {
  const generator = xoroshiro128plus(seed);
  const draw = (size: number, scale: number): Float32Array =>
    Float32Array.from({ length: size }, () => scale * (2 * uniformFloat64(generator) - 1));
  const xs = tf.tensor2d(draw(32 * 6, 1.5), [32, 6]);
  // Three of them, on webgl, and TensorFlow.js differentiates another function.
  const classes = kind === 'softmax' ? 4 : 3;
  const targets =
    kind === 'mse'
      ? draw(32 * classes, 1)
      : Float32Array.from({ length: 32 * classes }, (_, i) =>
          Number(i % classes === (Math.floor(i / classes) * 5 + seed) % classes),
        );
  const ys = tf.tensor2d(targets, [32, classes]);
  const [first, bias, second] = [
    [draw(48, 0.8), [6, 8]],
    [draw(8, 0.1), [8]],
    [draw(8 * classes, 0.8), [8, classes]],
  ].map(([values, shape]) => tf.tidy(() => tf.variable(tf.tensor(values as Float32Array, shape as number[])))) as [
    tf.Variable<tf.Rank.R2>,
    tf.Variable,
    tf.Variable<tf.Rank.R2>,
  ];
  const loss = (): tf.Scalar => {
    const out = tf.matMul(tf.tanh(tf.add(tf.matMul(xs, first), bias)), second);
    return kind === 'mse' ? tf.losses.meanSquaredError(ys, out) : tf.losses.softmaxCrossEntropy(ys, out);
  };
  return { variables: [first, bias, second], loss, dispose: () => tf.dispose([xs, ys, first, bias, second]) };
}

const read = async (tensors: readonly tf.Tensor[]): Promise<number[]> =>
  (await Promise.all(tensors.map((tensor) => tensor.data()))).flatMap((values) => Array.from(values));

/** Steps of SGD, or random updates at a given cosine to the gradient, each with what was claimed of it. */
async function walk(
  { variables, loss }: Network,
  rule: { readonly rate: number } | { readonly length: number; readonly cosine: number },
  steps: number,
  seed: number,
  stepSize: Schedules = 'never',
): Promise<WatchedStep[]> {
  const watch = monitor({ preset: 'full', stepSize });
  const watched = watchedSteps(watch, await read(variables));
  const generator = xoroshiro128plus(seed ^ 0xabc);
  const optimizer = 'rate' in rule ? watch.wrap(tf.train.sgd(rule.rate)) : null;
  for (let i = 0; i < steps; i++) {
    if (optimizer) optimizer.minimize(loss, false, variables);
    else {
      const { length, cosine } = rule as { length: number; cosine: number };
      const { value, grads } = tf.variableGrads(loss, variables);
      const gradient = await read(variables.map((variable) => grads[variable.name] as tf.Tensor));
      tf.dispose([value, grads]);
      const norm = Math.hypot(...gradient);
      const noise = gradient.map(() => 2 * uniformFloat64(generator) - 1);
      const along = noise.reduce((sum, each, k) => sum + each * (gradient[k] as number), 0) / norm ** 2;
      const across = noise.map((each, k) => each - along * (gradient[k] as number));
      const size = Math.hypot(...across);
      const update = across.map((each, k) => length * (each / size - (cosine * (gradient[k] as number)) / norm));
      await watch.observe({
        loss,
        variables,
        update: () => {
          tf.tidy(() => {
            let offset = 0;
            for (const variable of variables) {
              const part = update.slice(offset, (offset += variable.size));
              variable.assign(tf.add(variable, tf.tensor(part, variable.shape)));
            }
          });
        },
      });
    }
    watched.ledTo(await read(variables));
  }
  const made = await watched.finish();
  optimizer?.dispose();
  return made;
}

/** Steps of SGD on a backend, the curvature measured at every fourth: to be held against float64 where there is time for it. */
export async function curved(
  backend: string,
  kind: 'softmax' | 'mse',
  rate: number,
  seed: number,
  steps: number,
): Promise<WatchedStep[]> {
  await tf.setBackend(backend);
  const there = network(seed, kind);
  const watched = await walk(there, { rate }, steps, seed, { every: 4 });
  there.dispose();
  return watched;
}

/** Walks on a backend and holds every claim against float64 at the very θ and θ'. */
export async function truth(
  backend: string,
  kind: 'softmax' | 'mse',
  rule: { readonly rate: number } | { readonly length: number; readonly cosine: number },
  seed: number,
  steps: number,
): Promise<Judgement & { readonly steps: number }> {
  await tf.setBackend(backend);
  const there = network(seed, kind);
  const watched = await walk(there, rule, steps, seed);
  there.dispose();
  await tf.setBackend('cpu');
  const here = network(seed, kind);
  const judgement = judge(here, watched);
  here.dispose();
  await tf.setBackend(backend);
  return { ...judgement, steps: watched.length };
}
