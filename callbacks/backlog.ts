import * as tf from '@tensorflow/tfjs';

/** Something of a step whose numbers are still on the device. */
export interface HeldStep {
  /** A vector. Belongs to the backlog, which disposes it. */
  readonly numbers: tf.Tensor;
  /** Goes on with the numbers. Throws nothing. */
  finish(values: Float64Array): Promise<void>;
  /** They can't be had. */
  fail(reason: unknown): void;
  /** Disposes what it holds of the training: what would need it is not measured. */
  letGo(): void;
}

/** Steps that are held, tensors and all, while their numbers are under way; those of earlier ones are let go. */
const held = 4;

/**
 * The steps whose numbers are to be read back, in order. One read-back brings the numbers of all steps that were made while the
 * last one was under way.
 */
export class Backlog {
  readonly #waiting: HeldStep[] = [];
  #current: HeldStep | null = null;
  #running: Promise<void> | null = null;

  push(step: HeldStep): void {
    this.#waiting.push(step);
    // A loop that never waits leaves no time to read anything back.
    const tooOld = this.#waiting.at(-1 - held);
    if (tooOld !== this.#current) tooOld?.letGo();
    this.#running ??= this.#run();
  }

  /** Resolves when there is room for one step more; `undefined`: there is. */
  room(): Promise<void> | undefined {
    return this.#waiting.length < held ? undefined : (this.#running ?? undefined);
  }

  async #run(): Promise<void> {
    for (let batch = [...this.#waiting]; batch.length > 0; batch = [...this.#waiting]) {
      let values: Float64Array | null = null;
      let reason: unknown = null;
      try {
        values = await readTogether(batch.map((step) => step.numbers));
      } catch (error) {
        reason = error;
      }
      let offset = 0;
      for (const step of batch) {
        const { size } = step.numbers;
        step.numbers.dispose();
        this.#current = step;
        if (values) await step.finish(values.subarray(offset, offset + size));
        else step.fail(reason);
        this.#current = null;
        offset += size;
        this.#waiting.shift();
      }
    }
    this.#running = null;
  }
}

async function readTogether(numbers: readonly tf.Tensor[]): Promise<Float64Array> {
  const [only] = numbers;
  if (only && numbers.length === 1) return Float64Array.from(await only.data());
  const joined = tf.tidy(() => tf.keep(tf.concat([...numbers])));
  try {
    return Float64Array.from(await joined.data());
  } finally {
    joined.dispose();
  }
}
