import * as tf from '@tensorflow/tfjs';
import type { KernelCall, KernelRules, TangentRule } from '../tangentRule.js';

type Pad = Parameters<typeof tf.backend_util.computePool2DInfo>[4];
type Rounding = Parameters<typeof tf.backend_util.computePool2DInfo>[5];

/** Where the windows of a pooling lie: one entry a spatial axis. */
interface Windows {
  readonly sizes: number[];
  readonly strides: number[];
  readonly before: number[];
  readonly after: number[];
  readonly counts: number[];
}

function windows2d(x: tf.Tensor, { filterSize, strides, pad, dimRoundingMode }: KernelCall['attrs']): Windows {
  const info = tf.backend_util.computePool2DInfo(
    x.shape as [number, number, number, number],
    filterSize as number,
    strides as number,
    1,
    pad as Pad,
    dimRoundingMode as Rounding,
  );
  return {
    sizes: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    before: [info.padInfo.top, info.padInfo.left],
    after: [info.padInfo.bottom, info.padInfo.right],
    counts: [info.outHeight, info.outWidth],
  };
}

function windows3d(x: tf.Tensor, { filterSize, strides, pad, dimRoundingMode }: KernelCall['attrs']): Windows {
  const info = tf.backend_util.computePool3DInfo(
    x.shape as [number, number, number, number, number],
    filterSize as number,
    strides as number,
    1,
    pad as 'same',
    dimRoundingMode as Rounding,
  );
  return {
    sizes: [info.filterDepth, info.filterHeight, info.filterWidth],
    strides: [info.strideDepth, info.strideHeight, info.strideWidth],
    before: [info.padInfo.front, info.padInfo.top, info.padInfo.left],
    after: [info.padInfo.back, info.padInfo.bottom, info.padInfo.right],
    counts: [info.outDepth, info.outHeight, info.outWidth],
  };
}

/** All offsets within a window, the last axis fastest: the order in which the first maximum is the one chosen. */
const offsets = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>(
    (found, size) => found.flatMap((head) => Array.from({ length: size }, (_, i) => [...head, i])),
    [[]],
  );

/** The tangent of each window's first maximum, one offset of the window after the other. */
const firstMaximum =
  (windowsOf: (x: tf.Tensor, attrs: KernelCall['attrs']) => Windows): TangentRule =>
  (call) => {
    const x = call.inputs['x'] as tf.Tensor;
    const y = call.outputs[0] as tf.Tensor;
    const { sizes, strides, before, after, counts } = windowsOf(x, call.attrs);
    const paddings = [[0, 0], ...before.map((front, axis) => [front, after[axis] ?? 0]), [0, 0]] as [number, number][];
    const padded = (tensor: tf.Tensor, value: number): tf.Tensor =>
      paddings.some(([front, back]) => front + back > 0) ? tf.pad(tensor, paddings, value) : tensor;
    const values = padded(x, -Infinity);
    const moving = padded(call.tangents['x'] as tf.Tensor, 0);
    const at = (tensor: tf.Tensor, offset: number[]): tf.Tensor => {
      const begin = [0, ...offset, 0];
      const end = offset.map((start, axis) => start + ((counts[axis] ?? 1) - 1) * (strides[axis] ?? 1) + 1);
      return tf.stridedSlice(tensor, begin, [x.shape[0], ...end, x.shape.at(-1) as number], [1, ...strides, 1]);
    };
    let taken: tf.Tensor = tf.zerosLike(y);
    let tangent: tf.Tensor = tf.zerosLike(y);
    for (const offset of offsets(sizes)) {
      const here = tf.mul(tf.cast(tf.equal(at(values, offset), y), 'float32'), tf.sub(1, taken));
      tangent = tf.add(tangent, tf.mul(here, at(moving, offset)));
      taken = tf.add(taken, here);
    }
    return [tangent];
  };

/** Max pooling; average pooling is linear. Which elements are chosen is seen in the gradient, which spreads to them. */
export const poolingKernels: KernelRules = {
  MaxPool: { rule: firstMaximum(windows2d), how: 'the tangent of each window’s first maximum' },
  MaxPool3D: { rule: firstMaximum(windows3d), how: 'the tangent of each window’s first maximum' },
};
