/** What one kind of measuring has cost so far. Milliseconds. */
export interface Ledger {
  /** Time that went by between the measurings: the training's own. */
  readonly training: number;
  readonly spent: number;
  /** What it cost last time; `null`: it has not been done yet. */
  readonly lastCost: number | null;
}

export const emptyLedger: Ledger = { training: 0, spent: 0, lastCost: null };

/** A suspicious step may run ahead of the budget by this much. */
const advance = 1.25;

/**
 * Can it be afforded now, so that what is spent stays below `share` of the training's time? Over a run that is long enough for
 * three of them the share is kept within a factor of 1.5.
 *
 * @param guess what it may cost the first time
 */
export function affordable(ledger: Ledger, share: number, guess: number, suspicious: boolean): boolean {
  const limit = share * ledger.training * (suspicious ? advance : 1);
  return ledger.spent + (ledger.lastCost ?? guess) <= limit;
}

/** The ledger after some time of training. */
export const trained = (ledger: Ledger, time: number): Ledger => ({
  training: ledger.training + time,
  spent: ledger.spent,
  lastCost: ledger.lastCost,
});

/** The ledger after it was done once more, or, `further`, after more was done of what was begun. */
export const paid = (ledger: Ledger, cost: number, further = false): Ledger => ({
  training: ledger.training,
  spent: ledger.spent + cost,
  lastCost: (further ? (ledger.lastCost ?? 0) : 0) + cost,
});
