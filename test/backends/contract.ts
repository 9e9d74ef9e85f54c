import * as tf from '@tensorflow/tfjs';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { type Certificate, type Condition, memorySink, monitor, type MonitorOptions } from '../../src/index.js';

/** What came of a run, in plain numbers. */
export interface Outcome {
  readonly losses: readonly number[];
  readonly weights: readonly (readonly number[])[];
  readonly certificates: readonly Certificate[];
  readonly random: number;
  readonly leaked: { readonly tensors: number; readonly buffers: number };
}

interface Problem {
  readonly layers: () => tf.layers.Layer[];
  readonly input: readonly number[];
  readonly optimizer: () => tf.Optimizer;
  /** Of three steps each; 4 unless said. */
  readonly epochs?: number;
  /** Does wasm need `steepest/wasm-gradients` for it? */
  readonly convolutional?: true;
}

/** The same networks and rules for every backend. `wide` has variables that tfjs-node measures by its own operations. */
export const problems: Readonly<Record<string, Problem>> = {
  'mlp, sgd': {
    layers: () => [dense(24, 'tanh', [10]), dense(3, 'softmax')],
    input: [10],
    optimizer: () => tf.train.sgd(0.3),
  },
  'wide mlp, sgd': {
    layers: () => [dense(400, 'relu', [60]), dense(50, 'relu'), dense(3, 'softmax')],
    input: [60],
    optimizer: () => tf.train.sgd(0.2),
  },
  'wide mlp, adam': {
    layers: () => [dense(400, 'tanh', [60]), dense(50, 'tanh'), dense(3, 'softmax')],
    input: [60],
    optimizer: () => tf.train.adam(0.003, 0.9, 0.999, 1e-5),
  },
  // Of rates so high that steps overshoot, few steps: a run of many is chaotic, and any other rounding another run.
  'wide mlp, momentum': {
    layers: () => [dense(400, 'tanh', [60]), dense(3, 'softmax')],
    input: [60],
    optimizer: () => tf.train.momentum(2, 0.9),
    epochs: 2,
  },
  'dropout and batch norm, rmsprop': {
    layers: () => [
      dense(20, 'linear', [12]),
      tf.layers.batchNormalization(),
      tf.layers.activation({ activation: 'relu' }),
      tf.layers.dropout({ rate: 0.3, seed: 5 }),
      dense(3, 'softmax'),
    ],
    input: [12],
    optimizer: () => tf.train.rmsprop(0.01),
  },
  'dropout without a seed, sgd': {
    layers: () => [dense(30, 'relu', [12]), tf.layers.dropout({ rate: 0.3 }), dense(3, 'softmax')],
    input: [12],
    optimizer: () => tf.train.sgd(0.1),
  },
  'conv, max pool, sgd': {
    layers: () => [
      tf.layers.conv2d({ filters: 4, kernelSize: 3, activation: 'relu', inputShape: [10, 10, 1] }),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 6, kernelSize: 3, strides: 1, padding: 'same', activation: 'relu' }),
      tf.layers.flatten(),
      dense(3, 'softmax'),
    ],
    input: [10, 10, 1],
    optimizer: () => tf.train.sgd(0.1),
    convolutional: true,
  },
};

function dense(units: number, activation: 'linear' | 'relu' | 'tanh' | 'softmax', inputShape?: number[]) {
  return tf.layers.dense({ units, activation, ...(inputShape ? { inputShape } : {}) });
}

/** Numbers that are the same on every backend. */
function numbers(seed: number): (size: number) => Float32Array {
  const generator = xoroshiro128plus(seed);
  return (size) => Float32Array.from({ length: size }, () => 2 * uniformFloat64(generator) - 1);
}

/** A private generator in the place of `Math.random`, so that runs start from the same state. */
function seeded(seed: number): () => number {
  const generator = xoroshiro128plus(seed);
  return () => uniformFloat64(generator);
}

/** Trains on the backend in use by `fit`: watched, or as if nobody was there. */
export async function train(name: string, seed: number, watching: MonitorOptions | null): Promise<Outcome> {
  const { layers, input, optimizer, epochs = 4 } = problems[name] as Problem;
  const random = Math.random;
  Math.random = seeded(seed);
  const start = tf.memory();
  const memory = memorySink();
  const watch = watching && monitor({ ...watching, sinks: [memory] });
  try {
    const draw = numbers(seed);
    const model = tf.sequential({ layers: layers() });
    tf.tidy(() => {
      const trained = model.trainableWeights.map((each) => each.read());
      trained.forEach((weight, i) => {
        const fan = weight.shape.slice(0, -1).reduce((a, b) => a * b, 1);
        const values = draw(weight.size).map((value) => (weight.rank > 1 ? value * Math.sqrt(3 / fan) : 0));
        // The scales of batch normalization begin at one.
        const name = model.trainableWeights[i]?.name ?? '';
        model.trainableWeights[i]?.write(
          name.includes('gamma') ? tf.ones(weight.shape) : tf.tensor(values, weight.shape),
        );
      });
    });
    const rule = optimizer();
    model.compile({ optimizer: rule, loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
    const size = input.reduce((a, b) => a * b, 1);
    const values = draw(96 * size);
    const xs = tf.tensor(values, [96, ...input]);
    // Which of three sums of inputs is the largest: something that can be learnt.
    const classes = Array.from({ length: 96 }, (_, i) => {
      const sums = [0, 1, 2].map((k) =>
        [0, 1, 2].reduce((sum, j) => sum + (values[i * size + 3 * k + j] as number), 0),
      );
      return sums.indexOf(Math.max(...sums));
    });
    const ys = tf.tensor2d(
      classes.flatMap((each) => [0, 1, 2].map((k) => (k === each ? 1 : 0))),
      [96, 3],
    );
    const losses: number[] = [];
    const note: tf.CustomCallbackArgs = {
      onBatchEnd: (_, logs) => {
        losses.push(logs?.['loss'] ?? Number.NaN);
      },
    };
    await model.fit(xs, ys, {
      batchSize: 32,
      epochs,
      shuffle: false,
      verbose: 0,
      callbacks: watch ? [watch.callback(model), note] : [note],
    });
    await watch?.detach();
    const weights = await Promise.all(model.getWeights().map(async (weight) => Array.from(await weight.data())));
    const drawn = Math.random();
    model.dispose();
    rule.dispose();
    tf.dispose([xs, ys]);
    const end = tf.memory();
    return {
      losses,
      weights,
      certificates: memory.lines.filter((line): line is Certificate => line.kind === 'certificate'),
      random: drawn,
      leaked: { tensors: end.numTensors - start.numTensors, buffers: end.numDataBuffers - start.numDataBuffers },
    };
  } finally {
    Math.random = random;
  }
}

/** How far a backend's numbers may be from those of cpu, after twelve steps. */
export const tolerances = {
  /** Of a weight and of a loss: float32 sums are made in another order. */
  weight: 2e-4,
  loss: 2e-4,
  /** Of an angle, radians, beyond the floor that rounding sets. */
  psi: 2e-3,
  /** Of `y·g` and of κ, relative. */
  alignment: 5e-3,
  conditionNumber: 2e-2,
} as const;

const within = (a: number, b: number, absolute: number, relative = 0): boolean =>
  Math.abs(a - b) <= absolute + relative * Math.max(Math.abs(a), Math.abs(b));

/** The same claim; or none on one side, where the value is near its tolerance, so that the rounding decides whether it is made. */
function sameState(a: Condition, b: Condition): boolean {
  if (a.state === b.state) return true;
  const open = a.state === 'unresolved' || b.state === 'unresolved';
  const near = (each: Condition): boolean => Math.abs(each.value ?? 0) <= 2 * (each.tolerance ?? 0);
  return open && near(a) && near(b);
}

/** What a backend does otherwise than cpu in the same run, in words; empty: nothing. */
export function differences(got: Outcome, expected: Outcome): string[] {
  const found: string[] = [];
  const say = (what: string, a: unknown, b: unknown): void => {
    found.push(`${what}: ${String(a)}, on cpu ${String(b)}`);
  };
  const compare = (what: string, a: number | null, b: number | null, absolute: number, relative = 0): void => {
    if (a === null || b === null ? a !== b : !within(a, b, absolute, relative)) say(what, a, b);
  };
  got.losses.forEach((loss, i) => {
    compare(`loss of step ${i}`, loss, expected.losses[i] ?? null, tolerances.loss, tolerances.loss);
  });
  got.weights.forEach((weights, k) => {
    weights.forEach((weight, i) => {
      compare(`weight ${k}[${i}]`, weight, expected.weights[k]?.[i] ?? null, tolerances.weight, tolerances.weight);
    });
  });
  if (got.certificates.length !== expected.certificates.length)
    say('certificates', got.certificates.length, expected.certificates.length);
  got.certificates.forEach((certificate, i) => {
    const other = expected.certificates[i] as Certificate;
    const { alignment, effective, metric } = certificate;
    const at = `step ${i}`;
    for (const name of ['alignment', 'effective'] as const)
      if (!sameState(certificate[name], other[name]))
        say(`${name} of ${at}`, certificate[name].state, other[name].state);
    const equal = alignment.state === other.alignment.state && effective.state === other.effective.state;
    if (equal && certificate.verdict !== other.verdict) say(`verdict of ${at}`, certificate.verdict, other.verdict);
    if (!equal) return;
    const noise = 2 * (other.alignment.tolerance ?? 0);
    compare(`y·g of ${at}`, alignment.value, other.alignment.value, 1e-9 + noise, tolerances.alignment);
    compare(`ψ of ${at}`, metric?.psi ?? null, other.metric?.psi ?? null, tolerances.psi, tolerances.psi);
    const [kappa, kappaThere] = [metric?.conditionNumber ?? null, other.metric?.conditionNumber ?? null];
    compare(`κ of ${at}`, kappa, kappaThere, 1e-2, tolerances.conditionNumber);
  });
  return found;
}
