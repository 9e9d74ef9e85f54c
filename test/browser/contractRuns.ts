import * as tf from '@tensorflow/tfjs';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { type Certificate, memorySink, monitor, type MonitorOptions, type StepRecord } from '../../src/index.js';

/** What came of a run, for another backend's to be held against. Plain JSON. */
export interface RunOutcome {
  readonly weights: number[][];
  readonly losses: number[];
  readonly records: StepRecord[];
  readonly certificates: Certificate[];
  readonly kinds: string[];
  /** Tensors and buffers that are left over. */
  readonly leaked: { readonly tensors: number; readonly buffers: number };
}

type Watching = MonitorOptions | null;

/** Numbers that are the same on every backend, whatever its random generators. */
export function numbers(seed: number): (size: number, scale?: number) => Float32Array {
  const generator = xoroshiro128plus(seed);
  return (size, scale = 1) => Float32Array.from({ length: size }, () => scale * (2 * uniformFloat64(generator) - 1));
}

interface Problem {
  readonly model: tf.LayersModel;
  readonly xs: tf.Tensor;
  readonly ys: tf.Tensor;
}

function compiled(model: tf.Sequential, optimizer: tf.Optimizer, loss: string, draw: ReturnType<typeof numbers>): void {
  model.compile({ optimizer, loss });
  tf.tidy(() => {
    model.setWeights(model.getWeights().map((each) => tf.tensor(draw(each.size, 0.5), each.shape)));
  });
}

function dense(seed: number, optimizer: tf.Optimizer): Problem {
  const draw = numbers(seed);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 24, activation: 'tanh', inputShape: [10] }),
      tf.layers.dense({ units: 3, activation: 'softmax' }),
    ],
  });
  compiled(model, optimizer, 'categoricalCrossentropy', draw);
  const xs = tf.tensor(draw(96 * 10), [96, 10]);
  const ys = tf.tidy(() => tf.oneHot(tf.argMax(tf.slice(xs, [0, 0], [96, 3]), 1), 3).toFloat());
  return { model, xs, ys };
}

/** Dense layers that learn the sine of a sum. */
function sine(
  seed: number,
  optimizer: tf.Optimizer,
  { units, activation, inputs }: { units: number; activation: 'relu' | 'sigmoid'; inputs: number },
): Problem {
  const draw = numbers(seed);
  const model = tf.sequential({
    layers: [tf.layers.dense({ units, activation, inputShape: [inputs] }), tf.layers.dense({ units: 1 })],
  });
  compiled(model, optimizer, 'meanSquaredError', draw);
  const xs = tf.tensor(draw(64 * inputs), [64, inputs]);
  const ys = tf.tidy(() => tf.sin(tf.sum<tf.Tensor>(xs, 1, true)));
  return { model, xs, ys };
}

/** So small that TensorFlow.js keeps most of it on the host, whatever the backend. */
function tiny(seed: number, optimizer: tf.Optimizer): Problem {
  const draw = numbers(seed);
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 3, activation: 'tanh', inputShape: [2] }), tf.layers.dense({ units: 1 })],
  });
  compiled(model, optimizer, 'meanSquaredError', draw);
  const xs = tf.tensor(draw(8 * 2), [8, 2]);
  const ys = tf.tensor(draw(8), [8, 1]);
  return { model, xs, ys };
}

/** Confident and wrong: p of one example is next to 1, or where it is clipped. */
function certain(farthest: number): Problem {
  const model = tf.sequential({
    layers: [tf.layers.dense({ units: 1, inputShape: [1], activation: 'sigmoid', useBias: false })],
  });
  model.compile({ optimizer: tf.train.sgd(1e-4), loss: 'binaryCrossentropy' });
  tf.tidy(() => {
    model.setWeights([tf.ones([1, 1])]);
  });
  return { model, xs: tf.tensor2d([[farthest], [-2]]), ys: tf.zeros([2, 1]) };
}

function normalized(seed: number, optimizer: tf.Optimizer): Problem {
  const draw = numbers(seed);
  const model = tf.sequential({
    layers: [
      tf.layers.dense({ units: 12, inputShape: [6] }),
      tf.layers.batchNormalization(),
      tf.layers.activation({ activation: 'relu' }),
      tf.layers.dropout({ rate: 0.2, seed: 5 }),
      tf.layers.dense({ units: 1 }),
    ],
  });
  compiled(model, optimizer, 'meanSquaredError', draw);
  model.layers[1]?.setWeights([tf.ones([12]), tf.zeros([12]), tf.zeros([12]), tf.ones([12])]);
  const xs = tf.tensor(draw(64 * 6), [64, 6]);
  const ys = tf.tidy(() => tf.sum<tf.Tensor>(xs, 1, true));
  return { model, xs, ys };
}

/** Networks and rules by name (`epsilon` is given: by default it is another on webgl); each is trained for a few steps by `model.fit`. */
export const problems: Readonly<Record<string, (seed: number) => Problem>> = {
  'sgd, softmax': (seed) => dense(seed, tf.train.sgd(0.5)),
  'adam, softmax': (seed) => dense(seed, tf.train.adam(0.05, 0.9, 0.999, 1e-7)),
  'momentum that overshoots': (seed) => dense(seed, tf.train.momentum(0.7, 0.9)),
  'rmsprop, wide': (seed) =>
    sine(seed, tf.train.rmsprop(0.003, 0.9, 0, 1e-7), { units: 300, activation: 'relu', inputs: 40 }),
  'momentum, tiny': (seed) => tiny(seed, tf.train.momentum(0.1, 0.5)),
  // Three units with an activation that is not 0 at 0: on webgl TensorFlow.js computes with a fourth.
  'sigmoid, odd': (seed) => sine(seed, tf.train.sgd(0.3), { units: 3, activation: 'sigmoid', inputs: 4 }),
  'binary, certain': () => certain(12),
  'binary, clipped': () => certain(16.1),
  'sgd, batch norm and dropout': (seed) => normalized(seed, tf.train.sgd(0.05)),
};

/** Trains by `fit`, watched or not, and perhaps by somebody else beside, who comes first. */
export async function trainByFit(
  name: string,
  seed: number,
  watching: Watching,
  beside: Watching = null,
): Promise<RunOutcome> {
  const problem = problems[name];
  if (!problem) throw new Error(`no problem "${name}"`);
  const before = tf.memory();
  const { model, xs, ys } = problem(seed);
  const memory = memorySink();
  const other = beside && monitor(beside);
  const watch = watching && monitor({ ...watching, sinks: [memory] });
  const history = await model.fit(xs, ys, {
    batchSize: name.includes('tiny') ? 3 : 32,
    epochs: 4,
    shuffle: false,
    verbose: 0,
    ...(watch ? { callbacks: [other?.callback(model) ?? [], watch.callback(model)].flat() } : {}),
  });
  await other?.detach();
  await watch?.detach();
  const losses = (history.history['loss'] ?? []).map(Number);
  const weights = await read(model.getWeights());
  model.dispose();
  model.optimizer.dispose();
  tf.dispose([xs, ys]);
  return outcome(weights, losses, memory.lines, before);
}

/** Trains by `minimize` in a loop of one's own, whose batches are disposed at once; `eager`: that never waits. */
export async function trainByLoop(seed: number, watching: Watching, eager: boolean): Promise<RunOutcome> {
  const before = tf.memory();
  const draw = numbers(seed);
  const kernel = tf.tidy(() => tf.variable(tf.tensor(draw(8 * 4, 0.5), [8, 4])));
  const bias = tf.tidy(() => tf.variable(tf.zeros([4])));
  const inner = tf.train.sgd(0.1);
  const memory = memorySink();
  const watch = watching && monitor({ ...watching, sinks: [memory] });
  const optimizer = watch ? watch.wrap(inner) : inner;
  const costs: tf.Scalar[] = [];
  for (let i = 0; i < 12; i++) {
    const xs = tf.tensor(draw(16 * 8), [16, 8]);
    const ys = tf.tensor(draw(16 * 4), [16, 4]);
    const cost = optimizer.minimize(
      () => tf.tidy(() => tf.losses.meanSquaredError(ys, tf.add(tf.matMul(xs, kernel as tf.Tensor2D), bias))),
      true,
    );
    if (cost) costs.push(cost);
    tf.dispose([xs, ys]);
    if (!eager) await tf.nextFrame();
  }
  await watch?.detach();
  const losses = (await read(costs)).flat();
  const weights = await read([kernel, bias]);
  tf.dispose([kernel, bias, ...costs]);
  inner.dispose();
  return outcome(weights, losses, memory.lines, before);
}

/** Random updates that know nothing of the gradient: some climb. */
export async function wander(seed: number, watching: MonitorOptions): Promise<RunOutcome> {
  const before = tf.memory();
  const draw = numbers(seed);
  const xs = tf.tensor(draw(32 * 5), [32, 5]);
  const ys = tf.tensor(draw(32 * 2), [32, 2]);
  const kernel = tf.tidy(() => tf.variable(tf.tensor(draw(10, 0.5), [5, 2])));
  const memory = memorySink();
  const watch = monitor({ ...watching, sinks: [memory] });
  for (let i = 0; i < 10; i++) {
    const step = tf.tensor(draw(10, 0.02), [5, 2]);
    await watch.observe({
      loss: () => tf.losses.meanSquaredError<tf.Tensor, tf.Scalar>(ys, tf.matMul(xs, kernel)),
      variables: [kernel],
      update: () => {
        tf.tidy(() => {
          kernel.assign(tf.add(kernel, step));
        });
      },
    });
    step.dispose();
  }
  await watch.detach();
  const weights = await read([kernel]);
  tf.dispose([xs, ys, kernel]);
  return outcome(weights, [], memory.lines, before);
}

async function read(tensors: readonly tf.Tensor[]): Promise<number[][]> {
  return Promise.all(tensors.map(async (tensor) => Array.from(await tensor.data())));
}

function outcome(
  weights: number[][],
  losses: number[],
  lines: readonly { readonly kind: string }[],
  before: tf.MemoryInfo,
): RunOutcome {
  const of = <T extends { readonly kind: string }>(kind: T['kind']): T[] =>
    lines.filter((line): line is T => line.kind === kind);
  const after = tf.memory();
  return {
    weights,
    losses,
    records: of<StepRecord>('step'),
    certificates: of<Certificate>('certificate'),
    kinds: [...new Set(lines.map((line) => line.kind))],
    leaked: { tensors: after.numTensors - before.numTensors, buffers: after.numDataBuffers - before.numDataBuffers },
  };
}
