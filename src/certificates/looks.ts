/** How many draws may be made, how sure the answers have to be, and whether fewer draws will do where fewer decide. */
export interface LookPlan {
  /** Draws at most, an integer >= 2. */
  readonly draws: number;
  /** Each interval covers the true value with at least this probability, in (0, 1). */
  readonly confidence: number;
  readonly stop: 'when-decided' | 'never';
}

/** Fewer draws say too little of the shape of their distribution for an early answer. */
const firstLook = 16;
/** The part of `1 − confidence` that all looks before the last share. */
const early = 0.1;

/** The numbers of draws after which is looked whether the answers are decided: an eighth, a quarter, a half, and all. */
export function looksOf({ draws, stop }: LookPlan): readonly number[] {
  const before = [8, 4, 2].map((part) => Math.ceil(draws / part)).filter((look) => look >= firstLook && look < draws);
  return stop === 'never' ? [draws] : [...new Set(before), draws];
}

/**
 * The confidence of the intervals at one look. Who looks several times and stops when pleased is wrong more often than each look
 * says; so the looks share the error: a tenth goes to those before the last in equal parts (Bonferroni), nine tenths to the last, as
 * Haybittle (1971) and Peto (1976) have it. Whenever it stops, the intervals cover with at least `confidence`.
 *
 * @param last is this the last look, be it that the draws ended early?
 */
export function lookConfidence(plan: LookPlan, last: boolean): number {
  const error = 1 - plan.confidence;
  const before = looksOf(plan).length - 1;
  if (before === 0) return plan.confidence;
  return last ? 1 - (1 - early) * error : 1 - (early * error) / before;
}

/**
 * A plan with nothing left out.
 *
 * @throws RangeError that says who, what was expected and what was received
 */
export function checkPlan(
  who: string,
  { draws = 100, confidence = 0.95, stop = 'when-decided' }: Partial<LookPlan>,
): LookPlan {
  const refuse = (name: string, expected: string, got: unknown): never => {
    throw new RangeError(`${who}: expected option \`${name}\` to be ${expected}, got ${String(got)} (${typeof got})`);
  };
  if (!Number.isInteger(draws) || draws < 2)
    refuse('draws', 'an integer >= 2 (the spread of one draw is not known)', draws);
  if (!(typeof confidence === 'number' && confidence > 0 && confidence < 1))
    refuse('confidence', 'a number in (0, 1)', confidence);
  if (!['when-decided', 'never'].includes(stop)) refuse('stop', "'when-decided' or 'never'", stop);
  return { draws, confidence, stop };
}
