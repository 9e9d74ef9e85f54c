import * as tf from '@tensorflow/tfjs';
import { checkLossAndVariables } from './hessian/arguments.js';
import { HessianOperator } from './hessian/hessianOperator.js';
import { readAsync, type Reads } from './hessian/reads.js';
import { isSameList } from './isSameList.js';
import { pointTrouble } from './pointTrouble.js';
import { tensorsOf } from './hessian/vectors.js';

export interface HessianVectorProduct {
  /** `H v`, in the shapes of the variables; the caller disposes it. `null` where no way to it is to be trusted. */
  readonly product: tf.Tensor[] | null;
  /** A bound on the norm of the product's error, rounding included; `null` without a product. */
  readonly error: number | null;
  readonly method: 'exact' | 'differences' | 'none';
  readonly reason: string;
}

interface Remembered {
  readonly operator: HessianOperator;
  readonly variables: readonly tf.Variable[];
  readonly data: readonly object[];
}

/** What was found out of a loss at the point it was last asked about. */
const remembered = new WeakMap<() => tf.Scalar, Remembered>();
const seed = 0x5eed;

/**
 * The Hessian of a loss times a vector, by following the vector through the gradient as it is computed (exact), or by central
 * differences of the gradient where a kernel's derivative is not known and the loss is smooth, or not at all; the product of the
 * two ways with random vectors decides. The variables do not move, and nothing that is registered is touched.
 *
 * The first product at a point costs about 23 gradients, each further one with the same `loss` (the same function, the variables
 * unchanged) about three. `loss` is called as it is: it must give the same value each time.
 *
 * @param loss the scalar to differentiate twice.
 * @param vectors one float32 tensor a variable, in its shape.
 * @returns the product with a bound on its error, in the unit of the product; numerical trouble is a `reason`, not an exception.
 * @throws Error naming the argument that is not what it should be.
 */
export async function hessianVectorProduct(
  loss: () => tf.Scalar,
  variables: readonly tf.Variable[],
  vectors: readonly tf.Tensor[],
): Promise<HessianVectorProduct> {
  checkLossAndVariables('hessianVectorProduct', loss, variables);
  checkVectors(variables, vectors);
  const vector = await readAsync(numbersOf(vectors));
  const asked = pointTrouble(variables, variables);
  const { product, ...rest } = await readAsync(operatorOf(loss, variables).apply(vector));
  const trouble = await asked;
  if (trouble !== null) return { product: null, error: null, method: 'none', reason: trouble };
  const shapes = variables.map((variable) => variable.shape);
  return { product: product && tensorsOf(product, shapes), ...rest };
}

function* numbersOf(tensors: readonly tf.Tensor[]): Reads<Float64Array> {
  return yield tensors;
}

function operatorOf(loss: () => tf.Scalar, variables: readonly tf.Variable[]): HessianOperator {
  const known = remembered.get(loss);
  const data = variables.map((variable): object => variable.dataId);
  if (known && isSameList(known.variables, variables) && isSameList(known.data, data)) return known.operator;
  const operator = new HessianOperator({ loss, variables }, seed);
  remembered.set(loss, { operator, variables: [...variables], data });
  return operator;
}

function checkVectors(variables: readonly tf.Variable[], vectors: readonly tf.Tensor[]): void {
  const expected = 'hessianVectorProduct: expected `vectors` to be';
  if (!Array.isArray(vectors)) throw new TypeError(`${expected} a list of tensors, got ${typeof vectors}`);
  if (vectors.length !== variables.length)
    throw new RangeError(`${expected} one tensor a variable (${variables.length}), got ${vectors.length}`);
  vectors.forEach((vector: tf.Tensor, i) => {
    const variable = variables[i] as tf.Variable;
    if (!(vector instanceof tf.Tensor)) throw new TypeError(`${expected} tensors, got ${typeof vector} at ${i}`);
    if (!tf.util.arraysEqual(vector.shape, variable.shape))
      throw new RangeError(
        `${expected} of the variables' shapes, got [${vector.shape.join()}] for ${variable.name} of [${variable.shape.join()}]`,
      );
  });
}
