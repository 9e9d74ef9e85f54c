import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { beforeAll, describe, expect, it } from 'vitest';
import { monitor } from '../../src/index.js';
import { flatten } from '../oracles/float64Networks.js';
import { judge } from '../oracles/judge.js';
import { anySeed } from '../oracles/seed.js';
import { type WatchedStep, watchedSteps } from '../oracles/watchedSteps.js';

interface Problem {
  variables: tf.Variable[];
  loss: () => tf.Scalar;
  dispose: () => void;
}

const problems: Record<string, (seed: number) => Problem> = {
  'softmax tanh': (seed) => network(seed, 24, [6, 8, 3], 'tanh', 'softmax'),
  'softmax relu': (seed) => network(seed, 64, [6, 10, 3], 'relu', 'softmax'),
  'mse deep tanh': (seed) => network(seed, 16, [5, 8, 8, 2], 'tanh', 'mse'),
  'softmax linear, one example': (seed) => network(seed, 1, [8, 4], 'tanh', 'softmax'),
};

function network(
  seed: number,
  batch: number,
  sizes: number[],
  activation: 'tanh' | 'relu',
  kind: 'softmax' | 'mse',
): Problem {
  const xs = tf.randomNormal([batch, sizes[0] as number], 0, 1, 'float32', seed);
  const outputs = sizes.at(-1) as number;
  const labels = Array.from({ length: batch }, (_, i) => (i * 5 + seed) % outputs);
  const ys = tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), outputs).toFloat());
  const layers = sizes.slice(1).map((size, i) => {
    const kernel = tf.tidy(() =>
      tf.variable(tf.randomNormal([sizes[i] as number, size], 0, 0.6, 'float32', seed + i + 1)),
    );
    return { kernel, bias: tf.tidy(() => tf.variable(tf.zeros([size]))) };
  });
  const loss = (): tf.Scalar => {
    let h: tf.Tensor = xs;
    layers.forEach(({ kernel, bias }, i) => {
      h = h.matMul(kernel).add(bias);
      if (i + 1 < layers.length) h = activation === 'tanh' ? h.tanh() : h.relu();
    });
    return kind === 'mse' ? tf.losses.meanSquaredError(ys, h) : tf.losses.softmaxCrossEntropy(ys, h);
  };
  const variables = layers.flatMap(({ kernel, bias }) => [kernel, bias]);
  return { variables, loss, dispose: () => tf.dispose([xs, ys, ...variables]) };
}

async function descend(problem: Problem, rate: number, count: number): Promise<WatchedStep[]> {
  const { variables, loss } = problem;
  const watch = monitor({ preset: 'full', stepSize: 'never' });
  const watched = watchedSteps(watch, flatten(variables));
  const optimizer = watch.wrap(tf.train.sgd(rate));
  for (let i = 0; i < count; i++) {
    optimizer.minimize(loss, false, variables);
    watched.ledTo(flatten(variables));
  }
  const steps = await watched.finish();
  optimizer.dispose();
  return steps;
}

/** Random updates tilted towards or away from the gradient by a cosine. */
async function wander(
  problem: Problem,
  length: number,
  cosine: number,
  count: number,
  seed: number,
): Promise<WatchedStep[]> {
  const { variables, loss } = problem;
  const random = xoroshiro128plus(seed);
  const watch = monitor({ preset: 'full', stepSize: 'never' });
  const watched = watchedSteps(watch, flatten(variables));
  const update = (): void =>
    tf.tidy(() => {
      const { grads } = tf.variableGrads(loss, variables);
      const gradients = variables.map((variable) => grads[variable.name] as tf.Tensor);
      const norm = Math.sqrt(gradients.reduce((sum, g) => sum + (g.square().sum().dataSync()[0] as number), 0));
      const noise = variables.map((v) =>
        tf.tensor(
          Float32Array.from({ length: v.size }, () => 2 * uniformFloat64(random) - 1),
          v.shape,
        ),
      );
      const dot =
        noise.reduce(
          (sum, n, i) =>
            sum +
            (n
              .mul(gradients[i] as tf.Tensor)
              .sum()
              .dataSync()[0] as number),
          0,
        ) /
        norm ** 2;
      variables.forEach((variable, i) => {
        const gradient = gradients[i] as tf.Tensor;
        const direction = (noise[i] as tf.Tensor)
          .sub(gradient.mul(dot))
          .div(Math.sqrt(problem.variables.length))
          .sub(gradient.mul(cosine / norm));
        variable.assign(variable.add(direction.mul(length)));
      });
    });
  for (let i = 0; i < count; i++) {
    await watch.observe({ loss, variables, update });
    watched.ledTo(flatten(variables));
  }
  return watched.finish();
}

describe.each(['cpu', 'wasm'])('on %s every claim survives float64', (backend) => {
  beforeAll(async () => {
    await tf.ready();
  });

  it.each(Object.keys(problems))('%s, learning rates from 1e-9 to 10', async (name) => {
    const seed = anySeed();
    const usual = { steps: 0, open: 0 };
    const start = tf.memory();
    for (let exponent = -9; exponent <= 1; exponent++) {
      await tf.setBackend(backend);
      const problem = (problems[name] as (seed: number) => Problem)(seed + exponent);
      const steps = await descend(problem, 10 ** exponent, 25);
      await tf.setBackend('cpu');
      const { lies, open } = judge(problem, steps);
      expect(lies, `seed ${seed}, rate 1e${exponent}`).toEqual([]);
      expect(steps.length).toBe(25);
      if (exponent >= -5 && exponent <= 0) {
        usual.steps += steps.length;
        usual.open += open;
      }
      problem.dispose();
    }
    expect(usual.open / usual.steps, `seed ${seed}`).toBeLessThan(0.4);
    expect(tf.memory().numTensors).toBe(start.numTensors);
    expect(tf.memory().numDataBuffers).toBe(start.numDataBuffers);
  });

  it.each(Object.keys(problems))('%s, near-orthogonal random updates', async (name) => {
    const seed = anySeed();
    for (const [length, cosine] of [
      [1e-5, 1e-2],
      [1e-3, -1e-3],
      [1e-2, 1e-4],
      [1e-3, -1e-6],
      [1e-4, 1e-8],
      [1e-1, 0],
    ] as const) {
      await tf.setBackend(backend);
      const problem = (problems[name] as (seed: number) => Problem)(seed);
      const steps = await wander(problem, length, cosine, 15, seed);
      await tf.setBackend('cpu');
      const { lies } = judge(problem, steps);
      expect(lies, `seed ${seed}, length ${length}, cosine ${cosine}`).toEqual([]);
      problem.dispose();
    }
  });
});
