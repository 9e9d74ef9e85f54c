import * as tf from '@tensorflow/tfjs';

type Operation = (x: tf.Tensor2D) => tf.Tensor;

/** Elements in (−1, 1), away from 0; a second matrix, and positive numbers, made of the same variable. */
const positive = (x: tf.Tensor): tf.Tensor => tf.add(tf.square(x), 0.3);
const other = (x: tf.Tensor): tf.Tensor => tf.add(tf.mul(tf.reverse(x, 1), 0.7), 0.11);
const chosen = (): tf.Tensor => tf.tensor2d([1, 0, 0, 1, 1, 0, 1, 0, 1, 1, 0, 0], [3, 4], 'bool');
const image = (x: tf.Tensor): tf.Tensor4D => tf.reshape(x, [1, 3, 4, 1]);

/** Losses that no layer makes, by the operation they are about. */
export const operations: Readonly<Record<string, Operation>> = {
  exp: tf.exp,
  expm1: tf.expm1,
  sin: tf.sin,
  cos: tf.cos,
  tan: tf.tan,
  asin: tf.asin,
  acos: tf.acos,
  atan: tf.atan,
  sinh: tf.sinh,
  cosh: tf.cosh,
  tanh: tf.tanh,
  asinh: tf.asinh,
  atanh: tf.atanh,
  erf: tf.erf,
  sigmoid: tf.sigmoid,
  softplus: tf.softplus,
  square: tf.square,
  relu: tf.relu,
  relu6: (x) => tf.relu6(tf.mul(x, 9)),
  elu: tf.elu,
  selu: tf.selu,
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  abs: tf.abs,
  neg: tf.neg,
  reciprocal: tf.reciprocal,
  prelu: (x) => tf.prelu(x, tf.slice(x, [0, 0], [1, 4])),
  acosh: (x) => tf.acosh(tf.add(positive(x), 1)),
  log: (x) => tf.log(positive(x)),
  log1p: (x) => tf.log1p(positive(x)),
  sqrt: (x) => tf.sqrt(positive(x)),
  rsqrt: (x) => tf.rsqrt(positive(x)),
  clip: (x) => tf.clipByValue(x, -0.4, 0.6),
  add: (x) => tf.add(x, tf.slice(x, [0, 0], [1, 4])),
  addN: (x) => tf.addN([x, other(x) as tf.Tensor2D, tf.square(x)]),
  sub: (x) => tf.sub(tf.slice(x, [0, 0], [1, 4]), tf.square(x)),
  mul: (x) => tf.mul(x, tf.slice(x, [1, 0], [1, 4])),
  'mul of itself': (x) => tf.mul(x, x),
  div: (x) => tf.div(x, positive(other(x))),
  'div by a row': (x) => tf.div(1, positive(tf.slice(x, [0, 0], [1, 4]))),
  pow: (x) => tf.pow(positive(x), other(x)),
  'pow by 3': (x) => tf.pow(x, 3),
  'pow by 2 of 0': (x) => tf.pow(tf.mul(x, [[0], [1], [1]]), 2),
  mod: (x) => tf.mod(x, positive(other(x))),
  squaredDifference: (x) => tf.squaredDifference(x, tf.square(other(x))),
  atan2: (x) => tf.atan2(x, other(x)),
  maximum: (x) => tf.maximum(x, other(x)),
  minimum: (x) => tf.minimum(x, other(x)),
  where: (x) => tf.where(chosen(), tf.square(x), other(x)),
  sign: (x) => tf.mul(tf.sign(x), x),
  floor: (x) => tf.sub(x, tf.floor(x)),
  step: (x) => tf.mul(tf.step(x), x),
  sum: (x) => tf.sum(x, 1),
  mean: (x) => tf.mean(x, 0),
  max: (x) => tf.max(x, 1),
  min: (x) => tf.min(x, 0, true),
  cumsum: (x) => tf.cumsum(x, 1, true),
  softmax: tf.softmax,
  logSoftmax: (x) => tf.logSoftmax(x),
  logSumExp: (x) => tf.logSumExp(x, 1),
  norm: (x) => tf.norm(x),
  matMul: (x) => tf.matMul(x, other(x), false, true),
  dot: (x) => tf.dot(x, tf.transpose(x)),
  batched: (x) => tf.matMul(tf.reshape(x, [3, 2, 2]), tf.reshape(other(x), [3, 2, 2])),
  transpose: (x) => tf.transpose(x),
  reshape: (x) => tf.reshape(x, [2, 6]),
  expandDims: (x) => tf.expandDims(x, 1),
  slice: (x) => tf.slice(x, [1, 1], [2, 2]),
  concat: (x) => tf.concat([x, other(x)], 1),
  stack: (x) => tf.stack([x, tf.square(x)]),
  unstack: (x) => tf.add(...(tf.unstack(tf.slice(x, [0, 0], [2, 4])) as [tf.Tensor, tf.Tensor])),
  split: (x) => tf.mul(...(tf.split(x, 2, 1) as [tf.Tensor, tf.Tensor])),
  tile: (x) => tf.tile(x, [2, 1]),
  pad: (x) =>
    tf.pad(
      x,
      [
        [1, 0],
        [0, 2],
      ],
      0.7,
    ),
  reverse: (x) => tf.reverse(x, 0),
  broadcastTo: (x) => tf.broadcastTo(tf.slice(x, [0, 0], [1, 4]), [3, 4]),
  gather: (x) => tf.gather(x, tf.tensor1d([2, 0, 2], 'int32')),
  unsortedSegmentSum: (x) => tf.unsortedSegmentSum(x, tf.tensor1d([0, 1, 0], 'int32'), 2),
  spaceToBatch: (x) =>
    tf.spaceToBatchND(
      tf.reshape<tf.Rank.R4>(tf.concat([x, other(x)], 1), [1, 4, 6, 1]),
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  batchToSpace: (x) =>
    tf.batchToSpaceND(
      tf.reshape(x, [4, 1, 3, 1]),
      [2, 2],
      [
        [0, 0],
        [0, 0],
      ],
    ),
  resizeBilinear: (x) => tf.image.resizeBilinear(tf.slice(image(x), [0, 0, 0, 0], [1, 3, 3, 1]), [5, 5]),
  resizeNearest: (x) => tf.image.resizeNearestNeighbor(image(x), [6, 8]),
  batchNorm: (x) =>
    tf.batchNorm(
      x,
      tf.mean(x, 0),
      positive(tf.mean(x, 0)),
      tf.slice(x, [0, 0], [1, 4]).flatten(),
      tf.slice(x, [1, 0], [1, 4]).flatten(),
    ),
  conv2d: (x) => tf.conv2d(image(x), tf.reshape(tf.slice(other(x), [0, 0], [2, 2]), [2, 2, 1, 1]), 1, 'same'),
  depthwise: (x) =>
    tf.depthwiseConv2d(image(x), tf.reshape(tf.slice(other(x), [0, 0], [2, 2]), [2, 2, 1, 1]), 1, 'valid'),
  conv3d: (x) =>
    tf.conv3d<tf.Tensor5D>(
      tf.reshape(x, [1, 1, 3, 4, 1]),
      tf.reshape(tf.slice(other(x), [0, 0], [2, 2]), [1, 2, 2, 1, 1]),
      1,
      'valid',
    ),
  'conv2d, fused': (x) =>
    tf.fused.conv2d({
      x: image(x),
      filter: tf.reshape(tf.slice(other(x), [0, 0], [2, 2]), [2, 2, 1, 1]),
      strides: 1,
      pad: 'valid',
      bias: tf.reshape(tf.slice(x, [0, 0], [1, 1]), [1]),
      activation: 'relu',
    }),
  'depthwise, fused': (x) =>
    tf.fused.depthwiseConv2d({
      x: image(x),
      filter: tf.reshape(tf.slice(other(x), [0, 0], [2, 2]), [2, 2, 1, 1]),
      strides: 1,
      pad: 'valid',
      bias: tf.reshape(tf.slice(x, [0, 0], [1, 1]), [1]),
    }),
  'custom gradient': (x) =>
    tf.customGrad((...given) => {
      const [a, save] = given as [tf.Tensor, tf.GradSaveFunc];
      const value = tf.tanh(a);
      save([value]);
      return { value, gradFunc: (dy: tf.Tensor, [y]: tf.Tensor[]) => tf.mul(dy, tf.sub(1, tf.square(y as tf.Tensor))) };
    })(x),
};
