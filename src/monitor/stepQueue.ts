import type { Work } from '../../callbacks/measurable.js';
import { Delivery } from './delivery.js';

interface Waiting<T> {
  /** What is still being measured of it; `null`: nothing. */
  readonly unfinished: Work | null;
  readonly complete: () => T;
}

/** Steps in order: nothing overtakes one of which something is still being measured. */
export class StepQueue<T> {
  /** From the first that is not complete on. */
  readonly #waiting: Waiting<T>[] = [];
  readonly #delivery: Delivery<T>;

  /** @param blockingMs how long a piece of unfinished work may block */
  constructor(
    receive: (value: T) => void,
    private readonly blockingMs: number,
  ) {
    this.#delivery = new Delivery(receive);
  }

  push(unfinished: Work | null, complete: () => T): void {
    this.#waiting.push({ unfinished, complete });
    this.#release();
    void unfinished?.settled?.then(() => {
      this.#release();
    });
  }

  /** Delivers what is complete, now. */
  flush(): void {
    this.#delivery.flush();
  }

  /** Completes what is unfinished, without blocking for longer than a step may, and delivers it. */
  async finish(): Promise<void> {
    for (let first = this.#waiting[0]; first; first = this.#waiting[0]) {
      first.unfinished?.go(this.blockingMs);
      this.#release();
      if (this.#waiting[0] === first)
        await (first.unfinished?.settled ?? new Promise((resolve) => setTimeout(resolve, 0)));
    }
    this.#delivery.flush();
  }

  /** The same at once, but for what has to be waited for. */
  finishNow(): void {
    for (const { unfinished } of this.#waiting) unfinished?.go(Number.POSITIVE_INFINITY);
    this.#release();
    this.#delivery.flush();
  }

  #release(): void {
    for (let first = this.#waiting[0]; first && (first.unfinished?.done ?? true); first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#delivery.push(first.complete());
    }
  }
}
