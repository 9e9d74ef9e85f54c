import * as tf from '@tensorflow/tfjs';

/** What is used of the backend of tfjs-node: running one TensorFlow operation, with less around it than a tfjs kernel has. */
interface NativeBackend {
  readonly binding: { readonly TF_ATTR_TYPE: number; readonly TF_FLOAT: number };
  executeSingleOutput(name: string, attributes: object[], inputs: tf.Tensor[]): tf.Tensor;
  readSync(dataId: object): ArrayLike<number>;
}

const isNative = (backend: object): backend is NativeBackend =>
  'binding' in backend && 'executeSingleOutput' in backend && typeof backend.executeSingleOutput === 'function';

/** A few operations of TensorFlow itself on float32 tensors. What they return is the caller's to dispose. */
export interface NativeOps {
  add(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
  subtract(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
  scale(a: tf.Tensor, by: number): tf.Tensor;
  /** The product of each pair of entries. */
  multiply(a: tf.Tensor, b: tf.Tensor): tf.Tensor;
  sign(a: tf.Tensor): tf.Tensor;
  /** `‖a‖²`, in float32 but summed as a tree: good to about 1e-7 of itself at five million entries, to 4e-6 where all are the same (measured). */
  squaredNorm(a: tf.Tensor): number;
  /** `Σaᵢ`, the same way. */
  sum(a: tf.Tensor): number;
  /** `Σ|aᵢ|`, the same way. */
  absoluteSum(a: tf.Tensor): number;
}

/** TensorFlow's own operations, where the backend in use is that of tfjs-node; else `null`. */
export function nativeOps(): NativeOps | null {
  const backend: object = tf.backend();
  if (!isNative(backend)) return null;
  const { TF_ATTR_TYPE: type, TF_FLOAT: value } = backend.binding;
  const float = [{ name: 'T', type, value }];
  const run = (name: string, ...inputs: tf.Tensor[]): tf.Tensor => backend.executeSingleOutput(name, float, inputs);
  const read = (scalar: tf.Tensor): number => {
    const number = backend.readSync(scalar.dataId)[0] as number;
    scalar.dispose();
    return number;
  };
  const sum = (a: tf.Tensor): number => read(tf.sum(a));
  return {
    add: (a, b) => run('AddV2', a, b),
    subtract: (a, b) => run('Sub', a, b),
    multiply: (a, b) => run('Mul', a, b),
    scale: (a, by) => {
      const factor = tf.scalar(by);
      const scaled = run('Mul', a, factor);
      factor.dispose();
      return scaled;
    },
    sign: (a) => run('Sign', a),
    sum,
    squaredNorm: (a) => 2 * read(run('L2Loss', a)),
    absoluteSum: (a) => {
      const sizes = run('Abs', a);
      const total = sum(sizes);
      sizes.dispose();
      return total;
    },
  };
}
