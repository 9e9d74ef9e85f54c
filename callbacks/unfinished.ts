import { Interruptible } from './hessian/reads.js';
import type { SecondOrder, SecondOrderWork } from './secondOrder.js';
import type { Track } from './track.js';

/** Work on a step's curvature, done a piece at a time while the training goes on. */
export class Unfinished {
  readonly #work: Interruptible<SecondOrder>;
  #done = false;

  constructor(
    private readonly work: SecondOrderWork,
    private readonly track: Track,
    private readonly deliver: (found: SecondOrder) => void,
  ) {
    this.#work = new Interruptible(work.reads);
  }

  get done(): boolean {
    return this.#done;
  }

  /** The first piece, within the step; what is left needs the step's tensors. Returns whether all of it is done. */
  begin(limit: number): boolean {
    this.#piece(limit);
    if (this.#done) return true;
    this.work.hold();
    this.track.unfinished = this;
    return false;
  }

  /** Goes on for some milliseconds, at least by one product. */
  go(limit: number): void {
    if (this.#done) return;
    this.track.spending.on(
      'stepSize',
      () => {
        this.#piece(limit);
      },
      true,
    );
    if (this.#done) this.track.unfinished = null;
  }

  #piece(limit: number): void {
    const result = this.#work.run(limit);
    if (result === null) return;
    this.deliver(result.value);
    this.#done = true;
  }
}
