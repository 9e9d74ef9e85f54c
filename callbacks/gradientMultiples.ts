import type * as tf from '@tensorflow/tfjs';
import { hostArray } from './hostArray.js';
import { whileNotingKernels } from './notingKernels.js';

/** What is known of an update before it is made. */
export interface Beginning {
  readonly before: readonly tf.Tensor[];
  /** `undefined`: no gradient reached the variable, or none is looked for. */
  readonly gradients: readonly (tf.Tensor | undefined)[];
}

/** The numbers that updates were multiplied by: an optimizer keeps its own for long. */
const factors = new WeakMap<object, number>();

interface Product {
  readonly gradient: object;
  readonly factor: number;
}

/**
 * Runs `update` and says of which variables it was seen to be `θ' = θ + c ∇L`, kernel by kernel, as plain gradient descent does it: those have
 * their `c`, all else `undefined`. Then `Δ` is `c ∇L` but for two roundings to float32, whatever the optimizer is called. O(1) a kernel.
 */
export function gradientMultiples(
  { before, gradients }: Beginning,
  variables: readonly tf.Variable[],
  update: () => void,
): readonly (number | undefined)[] {
  const slopes = new Set(gradients.flatMap((gradient) => gradient?.dataId ?? []));
  const products = new Map<object, Product>();
  const sums = new Map<object, Product & { readonly start: object }>();
  const factorOf = (scalar: tf.Tensor): number => {
    const factor = factors.get(scalar.dataId) ?? hostArray(scalar)[0] ?? Number.NaN;
    factors.set(scalar.dataId, factor);
    return factor;
  };
  const note = (name: string, { a, b }: tf.NamedTensorMap, _: unknown, output: unknown): void => {
    if (!a || !b || (name !== 'Multiply' && name !== 'Add')) return;
    const made = output as tf.Tensor;
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      if (name === 'Multiply' && one.size === 1 && slopes.has(other.dataId))
        products.set(made.dataId, { gradient: other.dataId, factor: factorOf(one) });
      const product = name === 'Add' ? products.get(one.dataId) : undefined;
      if (product) sums.set(made.dataId, { ...product, start: other.dataId });
    }
  };
  whileNotingKernels(note, update);
  return variables.map(({ dataId }, i) => {
    const sum = sums.get(dataId);
    return sum?.start === before[i]?.dataId && sum?.gradient === gradients[i]?.dataId ? sum?.factor : undefined;
  });
}
