import * as tf from '@tensorflow/tfjs';
import { expect, vi } from 'vitest';
import { type Certificate, monitor, type Monitor, type MonitorOptions } from '../../src/index.js';
import { anySeed } from '../oracles/seed.js';

/** A private generator (mulberry32), so that every twin starts from the same state of `Math.random`. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** How a training is watched. */
interface Manner {
  readonly ways: readonly ('callback' | 'wrap')[];
  readonly options: MonitorOptions;
}

const everything: MonitorOptions = { preset: 'full', stepSize: 'always', noiseShare: 4, curvature: { products: 2 } };

const manners: Readonly<Record<string, Manner>> = {
  'callback, economy': { ways: ['callback'], options: { preset: 'economy' } },
  'callback, everything at every step': { ways: ['callback'], options: everything },
  'wrap, standard': { ways: ['wrap'], options: { preset: 'standard' } },
  'wrap, everything at every step': { ways: ['wrap'], options: everything },
  'both, standard': { ways: ['callback', 'wrap'], options: { preset: 'standard' } },
  'both, everything at every step': { ways: ['callback', 'wrap'], options: everything },
};

type Listed = tf.CustomCallbackArgs | tf.Callback;

/** One twin: a training that is told by it what it has to do to be watched, if it is. */
export class Twin {
  readonly watch: Monitor | null;
  readonly certificates: Certificate[] = [];
  readonly #owned: { dispose: () => unknown }[] = [];

  constructor(private readonly manner: Manner | null) {
    this.watch = manner && monitor(manner.options);
    this.watch?.certificates$.subscribe((certificate) => this.certificates.push(certificate));
  }

  /** Is disposed of when the training is over. */
  mine<T extends { dispose: () => unknown }>(made: T): T {
    this.#owned.push(made);
    return made;
  }

  /** `optimizer`, wrapped where this twin is watched that way. */
  wrap<O extends tf.Optimizer>(optimizer: O): O {
    this.mine(optimizer);
    return this.manner?.ways.includes('wrap') && this.watch ? this.watch.wrap(optimizer) : optimizer;
  }

  /** `theirs`, with our callback first or last where this twin is watched that way. */
  callbacks(model: tf.LayersModel, theirs: readonly Listed[] = [], place: 'first' | 'last' = 'first') {
    const ours: Listed[] = this.manner?.ways.includes('callback') && this.watch ? [this.watch.callback(model)] : [];
    return (place === 'first' ? [...ours, ...theirs] : [...theirs, ...ours]) as tf.CustomCallbackArgs[];
  }

  disposeOwned(): void {
    for (const each of this.#owned.splice(0)) each.dispose();
  }
}

/** What a training did, as plain data: what is compared bit for bit. */
export type Training = (twin: Twin) => Promise<unknown>;

async function live(training: Training, manner: Manner | null, seed: number) {
  const random = Math.random;
  const start = tf.memory();
  const twin = new Twin(manner);
  Math.random = generator(seed);
  try {
    const did = await training(twin);
    const drawn = Math.random();
    await twin.watch?.detach();
    twin.disposeOwned();
    const end = tf.memory();
    const left = {
      tensors: end.numTensors - start.numTensors,
      buffers: end.numDataBuffers - start.numDataBuffers,
      bytes: end.numBytes - start.numBytes,
    };
    return { outcome: { did, drawn, left }, certificates: twin.certificates };
  } finally {
    Math.random = random;
    twin.disposeOwned();
  }
}

interface Expected {
  /** TensorFlow.js itself leaves something behind; as much of it each time. */
  readonly leaving?: boolean;
  /** @default all */
  readonly manners?: readonly string[];
}

/** Runs `training` alone, then watched in each manner, all from the same random numbers: nothing may differ. */
export async function expectTwins(training: Training, expected: Expected = {}): Promise<void> {
  const seed = anySeed();
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const first = await live(training, null, seed);
  // What TensorFlow.js makes once and keeps, it has now.
  const alone = expected.leaving ? await live(training, null, seed) : first;
  if (!expected.leaving) expect(alone.outcome.left).toEqual({ tensors: 0, buffers: 0, bytes: 0 });
  for (const name of expected.manners ?? Object.keys(manners)) {
    const manner = manners[name] as Manner;
    const watched = await live(training, manner, seed);
    expect(watched.outcome, `${name}, seed ${seed}`).toEqual(alone.outcome);
    expect(watched.certificates.length, `${name}, seed ${seed}: certificates`).toBeGreaterThan(0);
  }
  expect(warn.mock.calls.filter(([said]) => String(said).startsWith('steepest:'))).toEqual([]);
}

export const numbers = (tensors: readonly tf.Tensor[]): number[][] =>
  tensors.map((each) => Array.from(each.dataSync()));

export const weightsOf = (model: tf.LayersModel): number[][] => numbers(model.getWeights());

/** Names, shapes and values of an optimizer's slots. */
export async function slotsOf(optimizer: tf.Optimizer): Promise<unknown> {
  let slots: Awaited<ReturnType<tf.Optimizer['getWeights']>>;
  try {
    slots = await optimizer.getWeights();
  } catch (fault) {
    return String(fault);
  }
  const told = slots.map(({ name, tensor }) => [anonymous(name), tensor.shape, Array.from(tensor.dataSync())]);
  // `iter` is made for who asks.
  slots[0]?.tensor.dispose();
  return told;
}

/** TensorFlow.js numbers what it has named before. */
const anonymous = (text: string): string => text.replaceAll(/_\d+\b/g, '');

/** Everything that `model.save` hands over. */
export async function artifactsOf(model: tf.LayersModel, config?: tf.io.SaveConfig): Promise<tf.io.ModelArtifacts> {
  let artifacts: tf.io.ModelArtifacts | undefined;
  const handler = tf.io.withSaveHandler((saved) => {
    artifacts = saved;
    return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } });
  });
  await model.save(handler, config);
  return artifacts as tf.io.ModelArtifacts;
}

/** The same as text, byte for byte. */
export function textOf({ weightData, ...rest }: tf.io.ModelArtifacts): string {
  const bytes = Buffer.from(tf.io.concatenateArrayBuffers([weightData ?? []].flat()));
  return anonymous(JSON.stringify(rest)) + bytes.toString('base64');
}

export const seeded = (seed: number) => tf.initializers.glorotNormal({ seed });

export const dense = (units: number, name: string, rest: object = {}) =>
  tf.layers.dense({ units, name, kernelInitializer: seeded(units + name.length), ...rest });

/** 16 examples of 4 numbers in 3 classes. */
export function examples(twin: Twin): { xs: tf.Tensor; ys: tf.Tensor } {
  const classes = Array.from({ length: 16 }, (_, i) => (i * 7) % 3);
  const hot = tf.tidy(() => tf.oneHot(tf.tensor1d(classes, 'int32'), 3).toFloat());
  return { xs: twin.mine(tf.randomNormal([16, 4], 0, 1, 'float32', 1)), ys: twin.mine(hot) };
}

export function classifier(twin: Twin, extra: tf.layers.Layer[] = [], rest: object = {}): tf.Sequential {
  return twin.mine(
    tf.sequential({
      name: 'classifier',
      layers: [
        dense(5, 'first', { activation: 'tanh', inputShape: [4], ...rest }),
        ...extra,
        dense(3, 'second', { activation: 'softmax' }),
      ],
    }),
  );
}

/** Notes what a plain callback is told. */
export function noting(log: unknown[]): tf.CustomCallbackArgs {
  return {
    onBatchEnd: (batch, logs) => void log.push(['batch', batch, { ...logs }]),
    onEpochEnd: (epoch, logs) => void log.push(['epoch', epoch, { ...logs }]),
  };
}
