import * as tf from '@tensorflow/tfjs';
import { hostArray } from './hostArray.js';

export type Backend = 'cpu' | 'wasm' | 'tensorflow' | 'webgl' | 'webgpu';

/** A kernel that has run. */
export interface Ran {
  readonly inputs: tf.NamedTensorMap;
  readonly attributes: object;
  readonly output: tf.Tensor;
}

/** A kernel that TensorFlow.js 4.22 differentiates, and not by what the kernel computes. */
export interface Flaw {
  readonly of: string;
  readonly on: readonly Backend[];
  /** Of this one? @default always */
  readonly when?: (ran: Ran) => boolean;
  /** The same as a number that is above 0 where it is wrong: it has to be read back from a device. */
  readonly extent?: (ran: Ran) => tf.Scalar;
  /** May one that is right now be wrong another time, with other numbers or sizes? */
  readonly varies?: true;
  readonly instead: string;
}

interface Pooling {
  readonly filterSize: never;
  readonly strides: never;
  readonly pad: never;
  readonly dimRoundingMode?: never;
}

/** `computePool2DInfo` or `computePool3DInfo`. */
type PoolInfo = (
  shape: never,
  filterSize: never,
  strides: never,
  dilations: 1,
  pad: never,
  dimRoundingMode?: never,
) => { readonly padInfo: object };

const everywhere = ['cpu', 'wasm', 'tensorflow', 'webgl', 'webgpu'] as const;
const x = ({ inputs }: Ran): tf.Tensor => inputs['x'] as tf.Tensor;
const least = (tensor: tf.Tensor): number => hostArray(tensor).reduce((a, b) => Math.min(a, b), Infinity);
const scaling = {
  on: everywhere,
  when: ({ attributes }: Ran) => (attributes as { halfPixelCenters?: boolean }).halfPixelCenters === true,
  instead: 'leave halfPixelCenters out',
};
const pooledInPadding = (infoOf: PoolInfo): Flaw => ({
  of: 'average pooling whose windows reach into the padding',
  on: ['cpu', 'wasm', 'webgl', 'webgpu'],
  varies: true,
  when: (ran) => {
    const { filterSize, strides, pad, dimRoundingMode } = ran.attributes as Pooling;
    const { padInfo } = infoOf(x(ran).shape as never, filterSize, strides, 1, pad, dimRoundingMode);
    return Object.values(padInfo).some((size) => typeof size === 'number' && size > 0);
  },
  instead: "pad with 'valid', or train on tfjs-node",
});
const anotherBackend = 'train on another backend';
/** How many entries share an extreme with another one. Those that share 0 are a ReLU's, mostly, and have no gradient. */
const ties: Pick<Flaw, 'on' | 'extent' | 'varies' | 'instead'> = {
  on: everywhere,
  varies: true,
  extent: (ran) => {
    // Max has one name for them, Min the other.
    const { reductionIndices, axis } = ran.attributes as {
      readonly reductionIndices?: number[];
      readonly axis?: number[];
    };
    const entries = x(ran);
    // As it was asked for: `undefined` is all of them, some are counted from behind.
    const axes = tf.util.parseAxisParam((reductionIndices ?? axis) as number[], entries.shape);
    const extremes = tf.reshape(
      ran.output,
      entries.shape.map((size, axis) => (axes.includes(axis) ? 1 : size)),
    );
    const counted = tf.cast(tf.notEqual(extremes, 0), 'float32');
    return tf.sub(tf.sum(tf.mul(tf.cast(tf.equal(entries, extremes), 'float32'), counted)), tf.sum(counted));
  },
  instead: 'use max pooling, which has one of them',
};

/**
 * Found by holding the gradient of every kernel that has one against differences of the loss, on cpu, wasm, node, webgl and webgpu
 * (test/callbacks/wrongGradients.test.ts does it again).
 */
export const flaws: Readonly<Record<string, Flaw>> = {
  AvgPool: pooledInPadding(tf.backend_util.computePool2DInfo),
  AvgPool3D: pooledInPadding(tf.backend_util.computePool3DInfo),
  MaxPool: {
    of: 'max pooling with a window of negative numbers only',
    on: ['wasm'],
    varies: true,
    when: ({ output }) => least(output) < 0,
    instead: 'put a ReLU before it, or train on another backend',
  },
  MaxPool3D: {
    of: 'max pooling in three dimensions',
    on: ['wasm', 'tensorflow'],
    varies: true,
    // TensorFlow takes all that is within 1e-5 of the largest for the largest; wasm gives 2⁻¹²⁶ for a window of negative numbers only.
    when: (ran) => tf.getBackend() !== 'wasm' || (least(ran.output) <= 2 ** -126 && least(x(ran)) < 0),
    instead: anotherBackend,
  },
  Max: { of: 'a maximum that several entries share', ...ties },
  Min: { of: 'a minimum that several entries share', ...ties },
  // These two sometimes, on wasm: as if they added to what the memory held before.
  Conv3D: { of: 'a convolution in three dimensions', on: ['wasm'], instead: anotherBackend },
  Dilation2D: { of: 'a dilation', on: ['wasm'], instead: anotherBackend },
  GatherV2: {
    of: 'a gather with batch dimensions',
    on: ['wasm'],
    when: ({ attributes }) => (attributes as { batchDims?: number }).batchDims !== 0,
    instead: anotherBackend,
  },
  Cumsum: { of: 'a cumulative sum', on: ['webgpu'], instead: anotherBackend },
  Prod: { of: 'a product over an axis', on: ['webgpu'], instead: anotherBackend },
  ResizeBilinear: { of: 'a bilinear resize with halfPixelCenters', ...scaling },
  ResizeNearestNeighbor: { of: 'a resize to the nearest neighbour with halfPixelCenters', ...scaling },
  MirrorPad: { of: 'mirrored padding', on: everywhere, instead: 'concatenate the rows' },
  FloorDiv: { of: 'a division rounded down', on: everywhere, instead: 'divide before the loss' },
  Cast: {
    of: 'rounding to whole numbers by a cast',
    on: everywhere,
    when: (ran) => x(ran).dtype === 'float32' && ran.output.dtype !== 'float32',
    instead: 'cast before the loss',
  },
};

/** What TensorFlow.js differentiates by another function than it computes, and on which backends, by the names of their packages. */
export const knownWrongGradients = (): {
  readonly kernel: string;
  readonly of: string;
  readonly on: readonly string[];
}[] =>
  Object.entries(flaws).map(([kernel, { of, on }]) => ({
    kernel,
    of,
    on: on.map((backend) => (backend === 'tensorflow' ? 'node' : backend)),
  }));
