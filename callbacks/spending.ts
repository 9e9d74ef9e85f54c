import { affordable, emptyLedger, type Ledger, paid, trained } from '../src/certificates/budget.js';
import type { ConditionName } from '../src/certificates/stepRecord.js';
import type { Reads } from './hessian/reads.js';

/** A pause of the training (a breakpoint, a night) counts as at most so many steps. */
const longestPause = 16;
/** What measuring a condition may cost the first time, in steps of the training. */
const guesses: Readonly<Record<ConditionName, number>> = { alignment: 0.2, effective: 1, stepSize: 60 };

/** What measuring one training's steps has cost, by the clock. */
export class Spending {
  /** What was paid; the training's time is the same for all. */
  readonly #ledgers: Record<ConditionName, Ledger> = {
    alignment: emptyLedger,
    effective: emptyLedger,
    stepSize: emptyLedger,
  };
  #training = 0;
  #endedAt = Number.NaN;
  /** Mean time between two measurings. */
  #interval = Number.NaN;

  /** @param now milliseconds from anywhere */
  constructor(private readonly now: () => number) {}

  /** A step has been made: what went by since the last one was measured is the training's. */
  begin(): void {
    const gone = this.now() - this.#endedAt;
    if (!(gone >= 0)) return;
    const time = Math.min(gone, longestPause * (Number.isNaN(this.#interval) ? gone : this.#interval));
    this.#interval = Number.isNaN(this.#interval) ? time : 0.9 * this.#interval + 0.1 * time;
    this.#training += time;
  }

  end(): void {
    this.#endedAt = this.now();
  }

  /** Does `share` of the training's time allow for it now? */
  allows(name: ConditionName, share: number, suspicious: boolean): boolean {
    if (!(share > 0)) return false;
    const ledger = trained(this.#ledgers[name], this.#training);
    return affordable(ledger, share, guesses[name] * this.#interval, suspicious);
  }

  /**
   * Runs `body` at the expense of a condition.
   *
   * @param further it goes on with what was begun before
   */
  on<T>(name: ConditionName, body: () => T, further = false): T {
    const start = this.now();
    try {
      return body();
    } finally {
      this.#ledgers[name] = paid(this.#ledgers[name], this.now() - start, further);
    }
  }

  /** The same for what may have to wait for numbers: the waiting costs nothing. */
  *over<T>(name: ConditionName, reads: Reads<T>): Reads<T> {
    let state = this.on(name, () => reads.next());
    while (!state.done) {
      let values: Float64Array;
      try {
        values = yield state.value;
      } catch (error) {
        state = this.on(name, () => reads.throw(error), true);
        continue;
      }
      state = this.on(name, () => reads.next(values), true);
    }
    return state.value;
  }
}
