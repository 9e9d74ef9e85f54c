import type * as tf from '@tensorflow/tfjs';

/**
 * A computation that asks for tensors to be read back by yielding them and is handed their numbers, one after the other, in
 * float64. Where it yields none it may be interrupted for as long as one likes. Who drives it decides whether reading back is
 * synchronous. Ended early by `return()`, it disposes what it holds.
 */
export type Reads<T> = Generator<readonly tf.Tensor[], T, Float64Array>;

/** Drives a computation where tensors can be read back at once. */
export function readSync<T>(reads: Reads<T>): T {
  let state = reads.next();
  while (!state.done) state = answerSync(reads, state.value);
  return state.value;
}

/** One read-back further. */
const answerSync = <T>(reads: Reads<T>, asked: readonly tf.Tensor[]): IteratorResult<readonly tf.Tensor[], T> => {
  let values: Float64Array;
  try {
    values = joined(asked.map((tensor) => tensor.dataSync()));
  } catch (error) {
    return reads.throw(error);
  }
  return reads.next(values);
};

/** A computation that is driven a piece at a time. */
export class Interruptible<T> {
  #state: IteratorResult<readonly tf.Tensor[], T> | null = null;

  /** @param now milliseconds from anywhere */
  constructor(
    private readonly reads: Reads<T>,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /**
   * Goes on for `limit` milliseconds, at least from one place where it may be interrupted to the next.
   *
   * @returns the result; `null`: not yet
   */
  run(limit: number): { readonly value: T } | null {
    const start = this.now();
    let passed = false;
    let state = this.#state ?? this.reads.next();
    while (!state.done) {
      if (state.value.length === 0) {
        if (passed && this.now() - start >= limit) {
          this.#state = state;
          return null;
        }
        passed = true;
      }
      state = answerSync(this.reads, state.value);
    }
    this.#state = state;
    return { value: state.value };
  }
}

type Piece<T> = () => IteratorResult<readonly tf.Tensor[], T>;

/**
 * Drives a computation on any backend.
 *
 * @param around runs each piece of it, from one read-back to the next
 */
export async function readAsync<T>(
  reads: Reads<T>,
  around: (piece: Piece<T>) => ReturnType<Piece<T>> = (piece) => piece(),
): Promise<T> {
  let state = around(() => reads.next());
  while (!state.done) {
    let values: Float64Array;
    try {
      values = joined(await Promise.all(state.value.map((tensor) => tensor.data())));
    } catch (error) {
      state = around(() => reads.throw(error));
      continue;
    }
    state = around(() => reads.next(values));
  }
  return state.value;
}

function joined(parts: readonly ArrayLike<number>[]): Float64Array {
  const vector = new Float64Array(parts.reduce((size, part) => size + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    vector.set(part, offset);
    offset += part.length;
  }
  return vector;
}
