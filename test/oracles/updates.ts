import * as tf from '@tensorflow/tfjs';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/** Numbers from −1 to 1. */
export function uniformsFrom(seed: number, size: number): Float32Array {
  const random = xoroshiro128plus(seed);
  return Float32Array.from({ length: size }, () => 2 * uniformFloat64(random) - 1);
}

/** A variable that leaves no other tensor behind. */
export const variableOf = (values: Float32Array, name?: string): tf.Variable =>
  tf.tidy(() => tf.variable(tf.tensor1d(values), true, name));

type Given = tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[];

const named = (given: Given): { name: string; tensor: tf.Tensor }[] =>
  Array.isArray(given) ? given : Object.entries(given).map(([name, tensor]) => ({ name, tensor }));

/** `θ' = θ + cᵢ ∇L`, with a factor of its own for each variable. */
export class EachItsOwn extends tf.SGDOptimizer {
  constructor(private readonly rates: Readonly<Record<string, number>>) {
    super(1);
  }
  override applyGradients(gradients: Given): void {
    for (const { name, tensor } of named(gradients)) {
      const variable = tf.engine().registeredVariables[name] as tf.Variable;
      tf.tidy(() => {
        variable.assign(tf.add(variable, tf.mul(tensor, this.rates[name] as number)));
      });
    }
  }
}

/** Plain gradient descent and then a little of θ itself, for some steps. */
export class Decaying extends tf.SGDOptimizer {
  constructor(
    rate: number,
    private left = Number.POSITIVE_INFINITY,
  ) {
    super(rate);
  }
  override applyGradients(gradients: Given): void {
    super.applyGradients(gradients);
    if (this.left-- <= 0) return;
    for (const { name } of named(gradients)) {
      const variable = tf.engine().registeredVariables[name] as tf.Variable;
      tf.tidy(() => {
        variable.assign(tf.mul(variable, 0.999));
      });
    }
  }
}
