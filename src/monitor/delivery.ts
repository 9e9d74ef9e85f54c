/**
 * Hands values on in order, outside the turn they were made in: what receives them can't disturb the training step they come
 * from. A loop that never lets the event loop run is relieved every `limit` values, so that nothing piles up.
 */
export class Delivery<T> {
  #waiting: T[] = [];
  #scheduled = false;
  #delivering = false;

  constructor(
    private readonly receive: (value: T) => void,
    private readonly limit = 256,
  ) {}

  push(value: T): void {
    this.#waiting.push(value);
    if (this.#waiting.length >= this.limit) {
      this.flush();
    } else if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.flush();
      });
    }
  }

  /** Delivers what is waiting, now. What arrives meanwhile waits its turn. */
  flush(): void {
    if (this.#delivering) return;
    this.#delivering = true;
    try {
      for (let batch = this.#waiting; batch.length > 0; batch = this.#waiting) {
        this.#waiting = [];
        for (const value of batch) this.receive(value);
      }
    } finally {
      this.#delivering = false;
    }
  }
}
