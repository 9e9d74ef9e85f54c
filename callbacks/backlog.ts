import * as tf from '@tensorflow/tfjs';
import type { Result } from './arithmetic.js';
import { deviceTrouble } from './deviceTrouble.js';
import { messageOf } from '../src/messageOf.js';

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
  /** Those of them that hold anything, and how much together. */
  readonly #holding: HeldStep[] = [];
  #bytes = 0;
  #current: HeldStep | null = null;
  #running: Promise<void> | null = null;

  /** @param tell is told what goes wrong with a device. */
  constructor(readonly tell: (trouble: string) => void) {}

  push(step: HeldStep): void {
    this.#waiting.push(step);
    this.#holding.push(step);
    this.#bytes += step.bytes;
    // A loop that never waits leaves no time to read anything back.
    while (this.#bytes > holdable && this.#holding.length > 1 && this.#holding[0] !== this.#current)
      this.#forget()?.letGo();
    this.#running ??= this.#run();
  }

  /** Hands a result on: now where it is known, else when it has been read back; never where it is lost. */
  read<T>(found: Result<T>, accept: (value: T) => void): void {
    if ('value' in found) {
      accept(found.value);
      return;
    }
    this.push({
      numbers: found.numbers,
      bytes: 0,
      finish: (values) => {
        accept(found.read(values));
        return Promise.resolve();
      },
      fail: () => undefined,
      letGo: () => undefined,
    });
  }

  /** `undefined`: there is room for one step more; else resolves when everything is read back. */
  room(): Promise<void> | undefined {
    return this.#waiting.length < ahead ? undefined : (this.#running ?? undefined);
  }

  #forget(): HeldStep | undefined {
    const oldest = this.#holding.shift();
    this.#bytes -= oldest?.bytes ?? 0;
    return oldest;
  }

  async #run(): Promise<void> {
    for (let batch = [...this.#waiting]; batch.length > 0; batch = [...this.#waiting]) {
      const numbers = batch.map((step) => step.numbers);
      let offset = 0;
      try {
        const values = await orLost(readTogether(numbers));
        for (const step of batch) {
          this.#current = step;
          await orLost(step.finish(values.subarray(offset, offset + step.numbers.size)));
          offset += step.numbers.size;
          this.#end(step);
        }
      } catch (error) {
        for (const step of batch.filter((each) => this.#waiting.includes(each))) {
          step.fail(error);
          this.#end(step);
        }
        this.tell(messageOf(error));
      }
      tf.dispose(numbers);
    }
    this.#running = null;
  }

  #end(step: HeldStep): void {
    this.#waiting.shift();
    if (this.#holding[0] === step) this.#forget();
    this.#current = null;
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
