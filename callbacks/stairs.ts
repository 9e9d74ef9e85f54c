import type * as tf from '@tensorflow/tfjs';
import { hostArray } from './hostArray.js';
import { isOnDevice } from './isOnDevice.js';

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
/** A place of float32 below 1. */
const place = 2 ** -24;

/** A difference, `1 − p` say, and the p it was made of before it was clipped. */
interface Difference {
  readonly value: tf.Tensor;
  readonly unclipped: tf.Tensor | null;
}

/**
 * Looks, kernel by kernel, whether a loss takes a logarithm of a difference, `log(1 − p)` say, and how small that difference was. Where
 * it has few places left such a loss moves in steps. Costs a look at each kernel's name and inputs, and at the differences themselves.
 */
export class Stairs {
  readonly #differences = new Map<object, Difference>();
  /** What was clipped, by what came of it. */
  readonly #clipped = new Map<object, tf.Tensor>();
  #found = false;
  #least = Number.POSITIVE_INFINITY;
  #atClip = 0;

  /** Does the loss take such a logarithm? */
  get found(): boolean {
    return this.#found;
  }

  /** The smallest of those differences, in magnitude; 0: not known, as on a graphics device. */
  get least(): number {
    return this.#least;
  }

  /**
   * How many numbers the logarithm was taken of, where one of them is one to three places from 0: whether it is clipped at 1e-7, and has a
   * gradient, is chance then. 0: none is.
   */
  get atClip(): number {
    return this.#atClip;
  }

  note(name: string, inputs: tf.NamedTensorMap, output: unknown): void {
    const given = Object.values(inputs);
    let difference: Difference | undefined;
    for (const input of given) difference ??= input && this.#differences.get(input.dataId);
    if (name === 'Log' && difference) this.#look(difference);
    if (Array.isArray(output)) return;
    const made = output as tf.Tensor;
    const [first] = given;
    if (name === 'ClipByValue' && first) this.#clipped.set(made.dataId, first);
    if (name === 'Sub') {
      const clipped = given.flatMap((input) => this.#clipped.get(input.dataId) ?? []);
      this.#differences.set(made.dataId, { value: made, unclipped: clipped[0] ?? null });
    } else if (difference && passing.has(name)) this.#differences.set(made.dataId, difference);
  }

  #look({ value, unclipped }: Difference): void {
    this.#found = true;
    if (isOnDevice() || value.isDisposed) {
      this.#least = 0;
      return;
    }
    for (const each of hostArray(value)) this.#least = Math.min(this.#least, Math.abs(each));
    const whole = unclipped ?? value;
    const far = unclipped === null ? 0 : 1;
    if (whole.isDisposed) return;
    const near = hostArray(whole).some((each) => {
      const places = Math.abs(far - each) / place;
      return places >= 1 && places <= 3;
    });
    if (near) this.#atClip = Math.max(this.#atClip, whole.size);
  }
}
