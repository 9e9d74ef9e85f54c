import * as tf from '@tensorflow/tfjs';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { Rounding } from './exactProduct.js';
import { float32Epsilon } from './vectors.js';

/** Kernels that move or choose numbers and compute none: they round nothing. */
const exactKernels = new Set([
  ...[
    'Identity',
    'Cast',
    'Reshape',
    'ExpandDims',
    'Transpose',
    'Slice',
    'StridedSlice',
    'SplitV',
    'Unpack',
    'Pack',
    'Concat',
  ],
  ...[
    'PadV2',
    'MirrorPad',
    'Reverse',
    'Tile',
    'BroadcastTo',
    'Neg',
    'Diag',
    'SpaceToBatchND',
    'BatchToSpaceND',
    'DepthToSpace',
  ],
  ...[
    'GatherV2',
    'GatherNd',
    'Select',
    'Abs',
    'Relu',
    'Relu6',
    'ClipByValue',
    'Maximum',
    'Minimum',
    'Max',
    'Min',
    'MaxPool',
  ],
  ...['MaxPool3D', 'ZerosLike', 'OnesLike', 'Fill', 'Step', 'Sign', 'Floor', 'Ceil', 'Round', 'OneHot'],
]);

/** Does a kernel move or choose numbers only? */
export const roundsNothing = (kernel: string): boolean => exactKernels.has(kernel);

/**
 * Random rounding (Monte Carlo arithmetic, Parker 1997): every element that a kernel computes is taken to be one ulp off, up or
 * down at random. What a result changes by is what float32 does to it, also where a value is rounded onto a plateau (a
 * saturated tanh, a probability of 1) and a change of the inputs would show nothing.
 *
 * @param sign −1: every element the other way than with the same generator and 1.
 */
export const randomRounding =
  (generator: RandomGenerator, sign: 1 | -1): Rounding =>
  (kernel, output) => {
    if (output.dtype !== 'float32' || roundsNothing(kernel)) return null;
    const factors = new Float32Array(output.size);
    let bits = 0;
    for (let i = 0; i < factors.length; i++) {
      if ((i & 31) === 0) bits = generator.next();
      factors[i] = bits & 1 ? 1 + sign * float32Epsilon : 1 - sign * float32Epsilon;
      bits >>= 1;
    }
    return tf.tensor(factors, output.shape, 'float32');
  };
