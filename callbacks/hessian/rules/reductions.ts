import * as tf from '@tensorflow/tfjs';
import type { KernelCall, KernelRule, KernelRules, TangentRule } from '../tangentRule.js';

type Axes = number | number[] | null | undefined;

/** The value of a reduction with its reduced axes kept as ones, to stand beside the input. */
function beside(call: KernelCall, axes: number[]): tf.Tensor {
  const x = call.inputs['x'] as tf.Tensor;
  const shape = x.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  return tf.reshape(call.outputs[0] as tf.Tensor, shape);
}

const reduced = (call: KernelCall): number[] =>
  tf.util.parseAxisParam(
    (call.attrs['reductionIndices'] ?? call.attrs['axis'] ?? null) as number | number[],
    (call.inputs['x'] as tf.Tensor).shape,
  );

const chosen = (call: KernelCall): tf.Tensor =>
  tf.cast(tf.equal(call.inputs['x'] as tf.Tensor, beside(call, reduced(call))), 'float32');

/** The tangent of the element chosen; of several equal ones, their mean. */
const extreme: TangentRule = (call) => {
  const axes: Axes = reduced(call);
  const marks = chosen(call);
  const sum = tf.sum(tf.mul(marks, call.tangents['x'] as tf.Tensor), axes);
  return [tf.reshape(tf.div(sum, tf.sum(marks, axes)), (call.outputs[0] as tf.Tensor).shape)];
};

const extremeKernel: KernelRule = { rule: extreme, how: 'the tangent of the element chosen', branches: chosen };

const softmax: TangentRule = (call) => {
  const y = call.outputs[0] as tf.Tensor;
  const weighted = tf.mul(y, call.tangents['logits'] as tf.Tensor);
  return [tf.sub(weighted, tf.mul(y, tf.sum(weighted, Number(call.attrs['dim'] ?? -1), true)))];
};

/** `y = (x − mean) (variance + ε)^(−½) scale + offset`, by the product rule. */
const batchNorm: TangentRule = (call) => {
  const { x, mean, variance, scale } = call.inputs as Record<'x' | 'mean' | 'variance' | 'scale', tf.Tensor>;
  const { x: dx, mean: dMean, variance: dVariance, scale: dScale, offset: dOffset } = call.tangents;
  const epsilon = Number(call.attrs['varianceEpsilon'] ?? 0.001);
  const r = tf.rsqrt(tf.add(variance, epsilon));
  const slope = scale ? tf.mul(r, scale) : r;
  const centred = tf.sub(x, mean);
  const terms: tf.Tensor[] = [];
  if (dx) terms.push(tf.mul(dx, slope));
  if (dMean) terms.push(tf.neg(tf.mul(dMean, slope)));
  if (dVariance) terms.push(tf.mul(centred, tf.mul(tf.mul(-0.5, tf.mul(slope, tf.square(r))), dVariance)));
  if (dScale) terms.push(tf.mul(centred, tf.mul(r, dScale)));
  if (dOffset) terms.push(dOffset);
  const sum = terms.reduce((left, right) => tf.add(left, right));
  const shape = x.shape;
  return [tf.util.arraysEqual(sum.shape, shape) ? sum : tf.broadcastTo(sum, shape)];
};

/** Kernels that look at a whole row: extremes, softmax, normalization. */
export const reductionKernels: KernelRules = {
  Max: extremeKernel,
  Min: extremeKernel,
  Softmax: { rule: softmax, how: 'closed form' },
  FusedBatchNorm: { rule: batchNorm, how: 'product rule' },
};
