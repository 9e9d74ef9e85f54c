import * as tf from '@tensorflow/tfjs';
import type { OnDevice } from './arithmetic.js';

/** A number that a device was asked for within a step: kept, to be read back. */
export interface Look {
  readonly number: tf.Tensor1D;
  readonly seen: (value: number) => void;
}

/** What is looked at on a device while a loss is called; what is seen is known once it has been read back, in one piece. */
export class Looks {
  #held: Look[] | null;
  #unread = false;

  /** @param wanted is anybody going to read it back? */
  constructor(private readonly wanted: boolean) {
    this.#held = wanted ? [] : null;
  }

  /** Is there anything to be looked at now? */
  get open(): boolean {
    return this.#held !== null;
  }

  /** Has all been looked at that was to be? */
  get over(): boolean {
    return this.wanted && this.#held === null;
  }

  /** Has it been taken and not been read back yet? */
  get unread(): boolean {
    return this.#unread;
  }

  push(look: Look): void {
    this.#held?.push(look);
  }

  /**
   * What is to be read back; `null`: nothing.
   *
   * @param last from now on nothing more is looked at
   */
  take(last: boolean): OnDevice<void> | null {
    const looks = this.#held ?? [];
    this.#held = last ? null : [];
    if (looks.length === 0) return null;
    this.#unread = true;
    const numbers = tf.tidy(() => tf.keep(tf.concat1d(looks.map(({ number }) => number))));
    tf.dispose(looks.map(({ number }) => number));
    return {
      numbers,
      read: (values) => {
        this.#unread = false;
        looks.forEach(({ seen }, i) => {
          seen(values[i] as number);
        });
      },
    };
  }
}
