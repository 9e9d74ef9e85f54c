import * as tf from '@tensorflow/tfjs';
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import { roundsNothing } from './hessian/randomRounding.js';
import { kernels } from './notingKernels.js';
import { Tap } from './tap.js';

const outputs = new Tap(() => tf.engine(), 'makeTensorFromTensorInfo');

/**
 * What a number is multiplied by: it moves by a place or two, never by none. More than one size, for else the errors of few numbers add up to
 * none every other time.
 */
const choices = [1 - 2 ** -23, 1 - 2 ** -24, 1 + 2 ** -23] as const;
/** Random factors that every output takes a piece of: enough that no two pieces are much alike. */
const poolSize = 2 ** 13;
const choicesADraw = 16;

/**
 * Runs `body` as if float32 had rounded otherwise: every element that a kernel computes is a place or two off, up or down at random, and so it is
 * what a gradient is given of it. (Monte Carlo arithmetic, Parker 1997.) What a result changes by is what rounding does to it, also where a
 * value is rounded onto a plateau (a probability of 1) or terms cancel, and a change of θ shows nothing. Costs about one product more for
 * each kernel.
 */
export function roundedOtherwise<T>(generator: RandomGenerator, body: () => T): T {
  const pool = factors(generator);
  let kernel = '';
  let within = false;
  const run = (call: (...given: unknown[]) => unknown, given: unknown[]): unknown => {
    const outer = kernel;
    kernel = given[0] as string;
    try {
      return call(...given);
    } finally {
      kernel = outer;
    }
  };
  const made = (call: (...given: unknown[]) => unknown, given: unknown[]): unknown => {
    const output = given[0] as tf.TensorInfo;
    const backend = tf.backend();
    const rounds = kernel !== '' && !roundsNothing(kernel) && output.dtype === 'float32';
    // What shares its data is the same number as what it shares it with.
    if (!rounds || within || backend.refCount(output.dataId) !== 1) return call(...given);
    within = true;
    try {
      const size = tf.util.sizeFromShape(output.shape);
      const by = tf.tensor(piece(pool, size, generator), output.shape, 'float32');
      const multiply = tf.getKernel('Multiply', tf.getBackend());
      const product = multiply.kernelFunc({ inputs: { a: output, b: by }, backend, attrs: {} }) as tf.TensorInfo;
      backend.disposeData(output.dataId);
      by.dispose();
      return 'rank' in product ? product : call(product, given[1]);
    } finally {
      within = false;
    }
  };
  return kernels.while(run, () => outputs.while(made, body));
}

function factors(generator: RandomGenerator): Float32Array {
  const pool = new Float32Array(poolSize);
  let digits = 0;
  for (let i = 0; i < poolSize; i++) {
    if (i % choicesADraw === 0) digits = generator.next() >>> 0;
    pool[i] = choices[digits % choices.length] as number;
    digits = Math.floor(digits / choices.length);
  }
  return pool;
}

function piece(pool: Float32Array, size: number, generator: RandomGenerator): Float32Array {
  const found = new Float32Array(size);
  let at = (generator.next() >>> 0) % poolSize;
  for (let filled = 0; filled < size; at = 0) {
    const part = pool.subarray(at, Math.min(poolSize, at + size - filled));
    found.set(part, filled);
    filled += part.length;
  }
  return found;
}
