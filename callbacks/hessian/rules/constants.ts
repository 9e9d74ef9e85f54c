import type * as tf from '@tensorflow/tfjs';
import type { KernelCall, KernelRule, KernelRules } from '../tangentRule.js';

const still: KernelRule = { rule: () => [], how: 'constant' };
/** Constant between jumps: a jump is seen in the output. */
const stepwise: KernelRule = {
  rule: () => [],
  how: 'constant between its jumps',
  branches: (call: KernelCall) => call.outputs[0] as tf.Tensor,
};

const named = (names: readonly string[], rule: KernelRule): KernelRules =>
  Object.fromEntries(names.map((name) => [name, rule]));

/** Kernels whose output does not move with their input: comparisons, steps, rounding, choices. */
export const constantKernels: KernelRules = {
  ...named(['ZerosLike', 'OnesLike', 'Fill', 'Range', 'LinSpace'], still),
  ...named(['Greater', 'GreaterEqual', 'Less', 'LessEqual', 'Equal', 'NotEqual'], stepwise),
  ...named(
    ['LogicalAnd', 'LogicalOr', 'LogicalNot', 'LogicalXor', 'IsNan', 'IsInf', 'IsFinite', 'Any', 'All'],
    stepwise,
  ),
  ...named(['Step', 'Sign', 'Floor', 'Ceil', 'Round', 'FloorDiv', 'ArgMax', 'ArgMin', 'OneHot'], stepwise),
};
