import * as tf from '@tensorflow/tfjs';

/**
 * Runs `body` with tfjs computing in float64 on its cpu backend: every float32 array that is made meanwhile is a `Float64Array`.
 * What is there already (data, other constants) is used as it is.
 */
export function inFloat64<T>(body: () => T): T {
  if (tf.getBackend() !== 'cpu') throw new Error('inFloat64: only the cpu backend can be made to compute in float64');
  const float32 = globalThis.Float32Array;
  Reflect.set(globalThis, 'Float32Array', Float64Array);
  try {
    return body();
  } finally {
    globalThis.Float32Array = float32;
  }
}

/** The values of the variables, one after the other, in float64. */
export const flatten = (tensors: readonly tf.Tensor[]): number[] =>
  tensors.flatMap((tensor) => Array.from(tensor.dataSync()));

/** Calls `body` with the variables at `theta` in float64, then puts their own data back. */
function at<T extends tf.TensorContainer>(
  variables: readonly tf.Variable[],
  theta: readonly number[],
  body: () => T,
): T {
  const own = variables.map((variable) => tf.tidy(() => tf.keep(tf.reshape(variable, variable.shape))));
  let offset = 0;
  try {
    return inFloat64(() =>
      tf.tidy(() => {
        for (const variable of variables) {
          const values = Float64Array.from(theta.slice(offset, offset + variable.size));
          offset += variable.size;
          variable.assign(tf.tensor(Array.from(values), variable.shape));
        }
        return body();
      }),
    );
  } finally {
    variables.forEach((variable, i) => {
      variable.assign(own[i] as tf.Tensor);
      own[i]?.dispose();
    });
  }
}

export const lossAt = (loss: () => tf.Scalar, variables: readonly tf.Variable[], theta: readonly number[]): number =>
  at(variables, theta, () => loss().dataSync()[0] as number);

/** The gradient of the loss in float64 by tfjs' own first derivatives. */
export const gradientAt = (
  loss: () => tf.Scalar,
  variables: readonly tf.Variable[],
  theta: readonly number[],
): number[] =>
  at(variables, theta, () => {
    const { grads } = tf.variableGrads(loss, variables as tf.Variable[]);
    return variables.flatMap((variable) => {
      const gradient = grads[variable.name];
      return gradient ? Array.from(gradient.dataSync()) : Array<number>(variable.size).fill(0);
    });
  });

const shifted = (theta: readonly number[], direction: readonly number[], h: number): number[] =>
  theta.map((value, i) => value + h * (direction[i] as number));

/** `H v` by central differences of float64 gradients, extrapolated once: good to about 1e-9 away from kinks. */
export function productAt(
  loss: () => tf.Scalar,
  variables: readonly tf.Variable[],
  direction: readonly number[],
  h = 1e-5,
): number[] {
  const theta = flatten(variables);
  const scale = h / Math.max(1e-30, Math.hypot(...direction));
  const central = (step: number): number[] => {
    const above = gradientAt(loss, variables, shifted(theta, direction, step));
    const below = gradientAt(loss, variables, shifted(theta, direction, -step));
    return above.map((value, i) => (value - (below[i] as number)) / (2 * step));
  };
  return central(scale);
}

/** The dense Hessian, symmetrized, by central differences of float64 gradients. `O(D)` gradients. */
export function hessianAt(loss: () => tf.Scalar, variables: readonly tf.Variable[], h = 1e-5): number[][] {
  const size = flatten(variables).length;
  const columns = Array.from({ length: size }, (_, j) =>
    productAt(
      loss,
      variables,
      Array.from({ length: size }, (_, i) => (i === j ? 1 : 0)),
      h,
    ),
  );
  return columns.map((column, i) => column.map((value, j) => (value + (columns[j]?.[i] as number)) / 2));
}
