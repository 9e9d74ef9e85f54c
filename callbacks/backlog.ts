import * as tf from '@tensorflow/tfjs';
import { deviceTrouble } from './deviceTrouble.js';

/** Something of a step whose numbers are still on the device. */
export interface HeldStep {
  /** A vector. Belongs to the backlog, which disposes it. */
  readonly numbers: tf.Tensor;
  /** Memory of what it holds besides, in bytes. */
  readonly bytes: number;
  /** Goes on with the numbers. Throws nothing. */
  finish(values: Float64Array): Promise<void>;
  /** They can't be had, or what more was to be read can't. */
  fail(reason: unknown): void;
  /** Disposes what it holds of the training: what would need it is not measured. */
  letGo(): void;
}

/** Steps that `fit` makes ahead of what was read back. */
const ahead = 4;
/** Bytes of earlier steps that are held, tensors and all, while their numbers are under way; the last step is held in any case. */
const holdable = 2 ** 26;

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
    let bytes = 0;
    for (const each of [...this.#waiting].reverse()) {
      bytes += each.bytes;
      if (each !== step && each !== this.#current && bytes > holdable) each.letGo();
    }
    this.#running ??= this.#run();
  }

  /** Resolves when there is room for one step more; `undefined`: there is. */
  room(): Promise<void> | undefined {
    return this.#waiting.length < ahead ? undefined : (this.#running ?? undefined);
  }

  async #end(step: HeldStep, values: Float64Array | null, reason: unknown): Promise<void> {
    if (values === null) {
      step.fail(reason);
      return;
    }
    try {
      await orLost(step.finish(values));
    } catch (error) {
      step.fail(error);
    }
  }

  async #run(): Promise<void> {
    for (let batch = [...this.#waiting]; batch.length > 0; batch = [...this.#waiting]) {
      let values: Float64Array | null = null;
      let reason: unknown = null;
      try {
        values = await orLost(readTogether(batch.map((step) => step.numbers)));
      } catch (error) {
        reason = error;
      }
      let offset = 0;
      for (const step of batch) {
        const { size } = step.numbers;
        step.numbers.dispose();
        this.#current = step;
        await this.#end(step, values?.subarray(offset, offset + size) ?? null, reason);
        this.#current = null;
        offset += size;
        this.#waiting.shift();
      }
    }
    this.#running = null;
  }
}

/** A device that is lost answers no more: every so often, in milliseconds, it is asked whether it is. */
const patience = 500;

/** What is waited for, unless the device is lost meanwhile. */
async function orLost<T>(waiting: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const lost = new Promise<never>((_, reject) => {
    timer = setInterval(() => {
      const trouble = deviceTrouble();
      if (trouble !== null) reject(new Error(trouble));
    }, patience);
  });
  try {
    return await Promise.race([waiting, lost]);
  } finally {
    clearInterval(timer);
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
