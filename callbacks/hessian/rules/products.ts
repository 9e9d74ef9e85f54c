import * as tf from '@tensorflow/tfjs';
import { activationDerivatives } from './elementwise.js';
import type { KernelCall, KernelRule, KernelRules, TangentRule } from '../tangentRule.js';

/** Linear in each of the named inputs: one run for each that moves, and their sum. */
function eachInTurn(call: KernelCall, names: readonly string[], attrs = call.attrs): tf.Tensor | undefined {
  return names
    .filter((name) => call.tangents[name])
    .map((name) => call.run({ ...call.inputs, [name]: call.tangents[name] as tf.Tensor }, attrs)[0] as tf.Tensor)
    .reduce<tf.Tensor | undefined>((left, right) => (left ? tf.add(left, right) : right), undefined);
}

const multilinear = (...names: string[]): KernelRule => ({
  rule: (call) => {
    const tangent = eachInTurn(call, names);
    return tangent ? [tangent] : [];
  },
  how: 'multilinear: the kernel on each tangent in turn',
});

const multiply: TangentRule = (call) => {
  const { a, b } = call.inputs as { a: tf.Tensor; b: tf.Tensor };
  const { a: da, b: db } = call.tangents;
  // x·x is one product, not two: what squares are often written as.
  if (a === b && da) return [tf.mul(tf.mul(a, da), 2)];
  const left = da && tf.mul(da, b);
  const right = db && tf.mul(a, db);
  return [left && right ? tf.add(left, right) : ((left ?? right) as tf.Tensor)];
};

const activationOf = ({ attrs: { activation } }: KernelCall): string =>
  typeof activation === 'string' ? activation : 'linear';

/**
 * A product with its bias and activation in one kernel. Under a gradient tape tfjs fuses the linear activation only; the others
 * are taken apart: the pre-activation is computed again.
 */
const fused =
  (left: string, right: string): TangentRule =>
  (call) => {
    const { bias } = call.inputs;
    const factors = Object.fromEntries([left, right].map((name) => [name, call.inputs[name] as tf.Tensor]));
    const attrs = { ...call.attrs, activation: 'linear' };
    const activation = activationOf(call);
    const alone: KernelCall = { ...call, inputs: factors };
    const output = call.outputs[0] as tf.Tensor;
    let tangent = eachInTurn(alone, [left, right], attrs);
    const dBias = bias && call.tangents['bias'];
    if (dBias) tangent = tangent ? tf.add(tangent, dBias) : tf.broadcastTo(dBias, output.shape);
    if (!tangent || activation === 'linear') return tangent ? [tangent] : [];
    const derivative = activationDerivatives[activation];
    if (!derivative) throw new Error(`no tangent for the fused activation '${activation}'`);
    const before = call.run(bias ? { ...factors, bias } : factors, attrs)[0] as tf.Tensor;
    return [tf.mul(derivative(before, output, { alpha: call.attrs['leakyreluAlpha'] }), tangent)];
  };

const fusedKernel = (left: string, right: string): KernelRule => ({
  rule: fused(left, right),
  how: 'multilinear, then the derivative of the activation',
  branches: (call) => (activationOf(call) === 'linear' ? null : tf.step(call.outputs[0] as tf.Tensor)),
});

/** Kernels that are products: each is linear in each of its factors. */
export const productKernels: KernelRules = {
  Multiply: { rule: multiply, how: 'product rule' },
  BatchMatMul: multilinear('a', 'b'),
  Conv2D: multilinear('x', 'filter'),
  Conv2DBackpropInput: multilinear('dy', 'filter'),
  Conv2DBackpropFilter: multilinear('x', 'dy'),
  Conv3D: multilinear('x', 'filter'),
  Conv3DBackpropInputV2: multilinear('dy', 'filter'),
  Conv3DBackpropFilterV2: multilinear('x', 'dy'),
  DepthwiseConv2dNative: multilinear('x', 'filter'),
  DepthwiseConv2dNativeBackpropInput: multilinear('dy', 'filter'),
  DepthwiseConv2dNativeBackpropFilter: multilinear('x', 'dy'),
  _FusedMatMul: fusedKernel('a', 'b'),
  FusedConv2D: fusedKernel('x', 'filter'),
  FusedDepthwiseConv2D: fusedKernel('x', 'filter'),
};
