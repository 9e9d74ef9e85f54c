import * as tf from '@tensorflow/tfjs';
import type { KernelCall, KernelRule, KernelRules } from '../tangentRule.js';

type Attributes = Readonly<Record<string, unknown>>;
/** The derivative of an elementwise function at `x`, of which `y` is the value. */
type Derivative = (x: tf.Tensor, y: tf.Tensor, attrs: Attributes) => tf.Tensor;

const input = (call: KernelCall): tf.Tensor => Object.values(call.inputs)[0] as tf.Tensor;
const output = (call: KernelCall): tf.Tensor => call.outputs[0] as tf.Tensor;

const smooth = (derivative: Derivative): KernelRule => ({
  rule: (call) => [
    tf.mul(derivative(input(call), output(call), call.attrs), Object.values(call.tangents)[0] as tf.Tensor),
  ],
  how: 'elementwise: derivative times tangent',
});

/** With kinks: the derivative is piecewise of one form, and `pieces` tells which piece an element is on. */
const kinked = (derivative: Derivative, pieces: (x: tf.Tensor, attrs: Attributes) => tf.Tensor): KernelRule => ({
  ...smooth(derivative),
  branches: (call) => pieces(input(call), call.attrs),
});

/** 1 where `x > 0`, else 0, in float32. */
const positive = (x: tf.Tensor): tf.Tensor => tf.step(x);

const seluScale = 1.0507009873554805;
const seluScaleAlpha = 1.7580993408473768;
const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** The derivative as tfjs takes it at the edges of the interval, which belong to it. */
const withinClip: Derivative = (x, _, attrs) =>
  tf.cast(
    tf.logicalAnd(
      tf.greaterEqual(x, number(attrs['clipValueMin'], -Infinity)),
      tf.lessEqual(x, number(attrs['clipValueMax'], Infinity)),
    ),
    'float32',
  );

const relu6: Derivative = (x) => tf.mul(positive(x), tf.cast(tf.lessEqual(x, 6), 'float32'));
const leakyRelu: Derivative = (x, _, attrs) => tf.step(x, number(attrs['alpha'], 0.2));
const elu: Derivative = (x, y) => tf.where(tf.greater(x, 0), tf.onesLike(y), tf.add(y, 1));
const sigmoid: Derivative = (_, y) => tf.mul(y, tf.sub(1, y));

/** Derivatives by the names that fused kernels give their activations. */
export const activationDerivatives: Readonly<Record<string, Derivative>> = {
  relu: positive,
  relu6,
  elu,
  sigmoid,
  leakyrelu: leakyRelu,
};

/** Elementwise kernels of one input. */
export const elementwiseKernels: KernelRules = {
  Exp: smooth((_, y) => y),
  Expm1: smooth((_, y) => tf.add(y, 1)),
  Log: smooth((x) => tf.reciprocal(x)),
  Log1p: smooth((x) => tf.reciprocal(tf.add(x, 1))),
  Sqrt: smooth((_, y) => tf.div(0.5, y)),
  Rsqrt: smooth((x, y) => tf.mul(-0.5, tf.div(y, x))),
  Square: smooth((x) => tf.mul(x, 2)),
  Reciprocal: smooth((_, y) => tf.neg(tf.square(y))),
  Sin: smooth((x) => tf.cos(x)),
  Cos: smooth((x) => tf.neg(tf.sin(x))),
  Tan: smooth((_, y) => tf.add(1, tf.square(y))),
  Asin: smooth((x) => tf.rsqrt(tf.sub(1, tf.square(x)))),
  Acos: smooth((x) => tf.neg(tf.rsqrt(tf.sub(1, tf.square(x))))),
  Atan: smooth((x) => tf.reciprocal(tf.add(1, tf.square(x)))),
  Sinh: smooth((x) => tf.cosh(x)),
  Cosh: smooth((x) => tf.sinh(x)),
  Tanh: smooth((_, y) => tf.sub(1, tf.square(y))),
  Asinh: smooth((x) => tf.rsqrt(tf.add(1, tf.square(x)))),
  Acosh: smooth((x) => tf.rsqrt(tf.sub(tf.square(x), 1))),
  Atanh: smooth((x) => tf.reciprocal(tf.sub(1, tf.square(x)))),
  Erf: smooth((x) => tf.mul(2 / Math.sqrt(Math.PI), tf.exp(tf.neg(tf.square(x))))),
  Sigmoid: smooth(sigmoid),
  Softplus: smooth((x) => tf.sigmoid(x)),
  // Elu has no kink, but the derivative of its slope jumps: differences across 0 are good to the first order only.
  Elu: kinked(elu, positive),
  Selu: kinked((x, y) => tf.where(tf.greater(x, 0), tf.fill(x.shape, seluScale), tf.add(y, seluScaleAlpha)), positive),
  Relu: kinked(positive, positive),
  Relu6: kinked(relu6, (x) => tf.add(positive(x), tf.cast(tf.greater(x, 6), 'float32'))),
  LeakyRelu: kinked(leakyRelu, positive),
  // At 0 as the gradient of tfjs has it: −1.
  Abs: kinked((x) => tf.step(x, -1), positive),
  ClipByValue: kinked(withinClip, (x, attrs) => withinClip(x, x, attrs)),
};
