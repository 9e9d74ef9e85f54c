import * as tf from '@tensorflow/tfjs';
import type { KernelCall, KernelRule, KernelRules, TangentRule } from '../tangentRule.js';

/** Linear in the named inputs taken together (all, if none is named): the kernel itself, run on their tangents. */
const jointly =
  (...names: string[]): TangentRule =>
  (call) => {
    const moving = names.length > 0 ? names : Object.keys(call.inputs);
    if (!moving.some((name) => call.tangents[name])) return [];
    const inputs = { ...call.inputs };
    for (const name of moving) inputs[name] = call.tangents[name] ?? tf.zerosLike(call.inputs[name] as tf.Tensor);
    return call.run(inputs);
  };

const linear = (...names: string[]): KernelRule => ({
  rule: jointly(...names),
  how: 'linear: the kernel on the tangent',
});

/** Linear in the others, with an input that only chooses: where it is `chooser` that changes, a kink is crossed. */
const choosing = (chooser: string, ...names: string[]): KernelRule => ({
  ...linear(...names),
  branches: (call) => call.inputs[chooser] as tf.Tensor,
});

/** Spreads `dy` to the maxima of the windows: where ones come to lie tells which elements those are. */
const spreading: KernelRule = {
  ...linear('dy'),
  branches: (call) => call.run({ ...call.inputs, dy: tf.onesLike(call.inputs['dy'] as tf.Tensor) })[0] as tf.Tensor,
};

const moved = (call: KernelCall, name: string): tf.Tensor => call.tangents[name] as tf.Tensor;

/** The sum of the moving terms, in the shape of the output. */
function total(call: KernelCall, terms: readonly tf.Tensor[]): tf.Tensor[] {
  const shape = (call.outputs[0] as tf.Tensor).shape;
  const sum = terms.reduce((left, right) => tf.add(left, right));
  return [tf.util.arraysEqual(sum.shape, shape) ? sum : tf.broadcastTo(sum, shape)];
}

const sum: TangentRule = (call) => total(call, Object.values(call.tangents));

const difference: TangentRule = (call) =>
  total(call, [
    ...(call.tangents['a'] ? [moved(call, 'a')] : []),
    ...(call.tangents['b'] ? [tf.neg(moved(call, 'b'))] : []),
  ]);

const cast: TangentRule = (call) =>
  call.attrs['dtype'] === 'float32' && call.inputs['x']?.dtype === 'float32' ? [moved(call, 'x')] : [];

/** Kernels that are linear in what they move, add or spread: shapes, sums, averages, gathers and their adjoints. */
export const linearKernels: KernelRules = {
  Identity: { rule: (call) => [moved(call, 'x')], how: 'the tangent itself' },
  Cast: { rule: cast, how: 'the tangent itself; none to whole numbers' },
  Add: { rule: sum, how: 'sum of the tangents' },
  AddN: { rule: sum, how: 'sum of the tangents' },
  Sub: { rule: difference, how: 'difference of the tangents' },
  PadV2: {
    rule: (call) => call.run({ x: moved(call, 'x') }, { ...call.attrs, constantValue: 0 }),
    how: 'linear: padded with zeros',
  },
  Reshape: linear('x'),
  ExpandDims: linear('input'),
  Transpose: linear('x'),
  Neg: linear('x'),
  Sum: linear('x'),
  Mean: linear('x'),
  Cumsum: linear('x'),
  Tile: linear('x'),
  Slice: linear('x'),
  SplitV: linear('x'),
  Unpack: linear('value'),
  Pack: linear(),
  Concat: linear(),
  Reverse: linear('x'),
  SpaceToBatchND: linear('x'),
  BatchToSpaceND: linear('x'),
  GatherV2: linear('x'),
  UnsortedSegmentSum: linear('x'),
  Select: choosing('condition', 't', 'e'),
  AvgPool: linear('x'),
  AvgPool3D: linear('x'),
  AvgPoolGrad: linear('dy'),
  AvgPool3DGrad: linear('dy'),
  MaxPoolGrad: spreading,
  MaxPool3DGrad: spreading,
  ResizeBilinear: linear('images'),
  ResizeBilinearGrad: linear('dy'),
  ResizeNearestNeighbor: linear('images'),
  ResizeNearestNeighborGrad: linear('dy'),
};
