import * as tf from '@tensorflow/tfjs';
import type { KernelCall, KernelRule, KernelRules } from '../tangentRule.js';

type Factor = (a: tf.Tensor, b: tf.Tensor, y: tf.Tensor) => tf.Tensor;

/** An elementwise kernel of two inputs that broadcast: each tangent times the partial derivative. */
const pair = (names: readonly [string, string], byFirst: Factor, bySecond: Factor): KernelRule => ({
  rule: (call) => {
    const y = call.outputs[0] as tf.Tensor;
    const [first, second] = names.map((name) => call.inputs[name] as tf.Tensor) as [tf.Tensor, tf.Tensor];
    const terms: tf.Tensor[] = [];
    const [dFirst, dSecond] = names.map((name) => call.tangents[name]);
    if (dFirst) terms.push(tf.mul(byFirst(first, second, y), dFirst));
    if (dSecond) terms.push(tf.mul(bySecond(first, second, y), dSecond));
    const sum = terms.reduce((left, right) => tf.add(left, right));
    return [tf.util.arraysEqual(sum.shape, y.shape) ? sum : tf.broadcastTo(sum, y.shape)];
  },
  how: 'elementwise: partial derivatives times tangents',
});

const ab = ['a', 'b'] as const;

const branching = (rule: KernelRule, branches: Factor, names: readonly [string, string] = ab): KernelRule => ({
  ...rule,
  branches: (call: KernelCall) =>
    branches(call.inputs[names[0]] as tf.Tensor, call.inputs[names[1]] as tf.Tensor, call.outputs[0] as tf.Tensor),
});

const mask = (condition: tf.Tensor): tf.Tensor => tf.cast(condition, 'float32');

/** `b a^(b−1)`, and 0 where `b = 0`, whatever `a` is. */
const powByBase: Factor = (a, b) => tf.where(tf.equal(b, 0), 0, tf.mul(b, tf.pow(a, tf.sub(b, 1))));
/** `y log a`, and 0 where the base is not positive, as tfjs has it. */
const powByExponent: Factor = (a, _, y) => tf.mul(y, tf.where(tf.greater(a, 0), tf.log(a), 0));

const atLeast: Factor = (a, b) => mask(tf.greaterEqual(a, b));
const atMost: Factor = (a, b) => mask(tf.lessEqual(a, b));
const below: Factor = (a, b) => mask(tf.less(a, b));
const above: Factor = (a, b) => mask(tf.greater(a, b));

const twiceDifference: Factor = (a, b) => tf.mul(2, tf.sub(a, b));
const squares: Factor = (a, b) => tf.add(tf.square(a), tf.square(b));

/** Elementwise kernels of two inputs, but for sums and products. */
export const pairKernels: KernelRules = {
  RealDiv: pair(
    ab,
    (_, b) => tf.reciprocal(b),
    (_, b, y) => tf.neg(tf.div(y, b)),
  ),
  Pow: pair(ab, powByBase, powByExponent),
  SquaredDifference: pair(ab, twiceDifference, (a, b) => tf.neg(twiceDifference(a, b, a))),
  Atan2: pair(
    ab,
    (a, b) => tf.div(b, squares(a, b, a)),
    (a, b) => tf.neg(tf.div(a, squares(a, b, a))),
  ),
  Maximum: branching(pair(ab, atLeast, below), atLeast),
  Minimum: branching(pair(ab, atMost, above), atMost),
  Mod: branching(
    pair(
      ab,
      (_, __, y) => tf.onesLike(y),
      (a, b) => tf.neg(tf.floor(tf.div(a, b))),
    ),
    (a, b) => tf.floor(tf.div(a, b)),
  ),
  Prelu: branching(
    pair(
      ['x', 'alpha'],
      (x, alpha) => tf.where(tf.greater(x, 0), tf.onesLike(x), tf.mul(tf.onesLike(x), alpha)),
      (x) => tf.minimum(x, 0),
    ),
    (x) => tf.step(x),
    ['x', 'alpha'],
  ),
  // y is Elu's value: the derivative 1 above 0 and y + 1 below.
  EluGrad: pair(
    ['dy', 'y'],
    (_, y) => tf.where(tf.greaterEqual(y, 0), tf.onesLike(y), tf.add(y, 1)),
    (dy, y) => tf.mul(dy, mask(tf.less(y, 0))),
  ),
};
