import type * as tf from '@tensorflow/tfjs';
import { hostArray } from './hostArray.js';
import { isOnDevice } from './isOnDevice.js';

/** Where leading places may cancel. */
const cancelling = new Set(['Sub', 'Add', 'AddV2']);
/** What a difference that cancelling has made coarse goes through and stays so. */
const passing = new Set([
  ...['RealDiv', 'Multiply', 'Abs', 'Neg', 'Select', 'SelectV2', 'ClipByValue', 'Maximum', 'Minimum', 'Prod'],
  ...['Reshape', 'ExpandDims', 'Squeeze', 'Identity', 'Cast', 'Slice', 'StridedSlice', 'GatherV2', 'Pack', 'Concat'],
]);
/** A place of float32 below 1. */
const place = 2 ** -24;

/**
 * Looks, kernel by kernel, whether a loss takes a logarithm of a difference, `log(1 − p)` say, and how small that difference was. Where
 * it has few places left such a loss moves in steps. Costs a look at each kernel's name and inputs, and at the differences themselves.
 */
export class Stairs {
  /** The differences that a tensor is made of. */
  readonly #differences = new Map<object, ReadonlySet<tf.Tensor>>();
  #found = false;
  #least = Number.POSITIVE_INFINITY;
  #atClip = 0;

  /** Does the loss take such a logarithm? */
  get found(): boolean {
    return this.#found;
  }

  /** The smallest of those differences but 0, in magnitude; 0: not known, as on a graphics device. */
  get least(): number {
    return this.#least;
  }

  /**
   * How many numbers were clipped together where one of them lies within two places of where it is clipped near 1: whether it is, and has
   * a gradient, is chance then. 0: none does.
   */
  get atClip(): number {
    return this.#atClip;
  }

  note(name: string, inputs: Record<string, tf.Tensor | undefined>, attributes: unknown, output: unknown): void {
    const given = Object.values(inputs).filter((input) => input !== undefined);
    const [first] = given;
    if (name === 'ClipByValue' && first) this.#lookAtClip(first, attributes as { clipValueMax: number });
    if (name === 'Log1p' && first) this.#lookAt(first, 1);
    const sources = given.flatMap((input) => [...(this.#differences.get(input.dataId) ?? [])]);
    if (name === 'Log' && first && sources.length > 0) {
      this.#found = true;
      for (const each of [first, ...sources]) this.#lookAt(each, 0);
    }
    if (Array.isArray(output)) return;
    const made = output as tf.Tensor;
    if (cancelling.has(name)) this.#differences.set(made.dataId, new Set([...sources, made]));
    else if (sources.length > 0 && passing.has(name)) this.#differences.set(made.dataId, new Set(sources));
  }

  /** @param offset what the logarithm adds: `log1p(−p)` is coarse where 1 − p is */
  #lookAt(tensor: tf.Tensor, offset: number): void {
    if (isOnDevice() || tensor.isDisposed) {
      this.#least = 0;
      this.#found = true;
      return;
    }
    let least = Number.POSITIVE_INFINITY;
    for (const each of hostArray(tensor)) {
      const magnitude = Math.abs(each + offset);
      if (magnitude > 0) least = Math.min(least, magnitude);
    }
    if (offset > 0 && least < 1) this.#found = true;
    this.#least = Math.min(this.#least, least);
  }

  #lookAtClip(tensor: tf.Tensor, { clipValueMax }: { readonly clipValueMax: number }): void {
    if (isOnDevice() || tensor.isDisposed || !(clipValueMax > 0.99 && clipValueMax < 1)) return;
    const near = hostArray(tensor).some((each) => Math.abs(each - clipValueMax) < 2 * place);
    if (near) this.#atClip = Math.max(this.#atClip, tensor.size);
  }
}
