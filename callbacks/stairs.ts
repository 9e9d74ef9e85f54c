import type * as tf from '@tensorflow/tfjs';
import { isOnDevice } from './isOnDevice.js';
import { hostArray } from './hostArray.js';

/** What a difference that rounding has made coarse goes through and stays so. */
const passing = new Set([
  'RealDiv',
  'ClipByValue',
  'Maximum',
  'Minimum',
  'Add',
  'AddV2',
  'Reshape',
  'Identity',
  'Cast',
]);

/**
 * Looks, kernel by kernel, whether a loss takes a logarithm of a difference, `log(1 − p)` say, and how small that difference was. Where
 * it has few places left such a loss moves in steps. Costs a look at each kernel's name and inputs, and at the differences themselves.
 */
export class Stairs {
  readonly #differences = new Map<object, tf.Tensor>();
  #found = false;
  #least = Number.POSITIVE_INFINITY;

  /** Does the loss take such a logarithm? */
  get found(): boolean {
    return this.#found;
  }

  /** The smallest of those differences, in magnitude; 0: not known, as on a graphics device. */
  get least(): number {
    return this.#least;
  }

  note(name: string, inputs: tf.NamedTensorMap, output: unknown): void {
    let coarse: tf.Tensor | undefined;
    for (const input of Object.values(inputs)) coarse ??= input && this.#differences.get(input.dataId);
    if (name === 'Log' && coarse) {
      this.#found = true;
      this.#least = Math.min(this.#least, smallest(coarse));
    }
    if (Array.isArray(output)) return;
    const { dataId } = output as tf.Tensor;
    if (name === 'Sub') this.#differences.set(dataId, output as tf.Tensor);
    else if (coarse && passing.has(name)) this.#differences.set(dataId, coarse);
  }
}

function smallest(tensor: tf.Tensor): number {
  if (isOnDevice() || tensor.isDisposed) return 0;
  let least = Number.POSITIVE_INFINITY;
  for (const value of hostArray(tensor)) least = Math.min(least, Math.abs(value));
  return least;
}
