import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { affordable, emptyLedger, type Ledger, paid, trained } from '../../src/certificates/budget.js';
import { Spending } from '../../callbacks/spending.js';

describe('a budget', () => {
  it('is kept within a factor of 1.5 over a run, whatever steps and measurings cost', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.005, max: 0.2, noNaN: true }),
        fc.integer({ min: 1, max: 2 ** 30 }),
        fc.double({ min: 1, max: 40, noNaN: true }),
        (share, seed, weight) => {
          let state = seed;
          const random = (): number => (state = (state * 16807) % 2147483647) / 2147483647;
          let ledger: Ledger = emptyLedger;
          const run = Math.ceil((6 * 1.5 * weight) / share);
          for (let step = 0; step < run; step++) {
            ledger = trained(ledger, 0.5 + random());
            if (affordable(ledger, share, 60, random() < 0.1)) ledger = paid(ledger, weight * (0.75 + random() / 2));
          }
          // 60 steps are the first guess: a run has to be long enough to afford that.
          if (60 > (share * ledger.training) / 4) return;
          expect(ledger.spent / ledger.training).toBeLessThan(1.5 * share);
          expect(ledger.spent / ledger.training).toBeGreaterThan(share / 1.5);
        },
      ),
    );
  });

  it('is not spent before there is any', () => {
    expect(affordable(emptyLedger, 0.5, 1, true)).toBe(false);
    expect(affordable(trained(emptyLedger, 99), 0.01, 1, false)).toBe(false);
    expect(affordable(trained(emptyLedger, 101), 0.01, 1, false)).toBe(true);
  });
});

describe('spending by the clock', () => {
  it('does not take a night for training', () => {
    let now = 0;
    const spending = new Spending(() => now);
    const step = (gap: number): void => {
      now += gap;
      spending.begin();
      spending.end();
    };
    step(0);
    for (let i = 0; i < 20; i++) step(10);
    spending.on('effective', () => {
      now += 10;
    });
    spending.end();
    step(1e9);
    // Sixteen steps more are granted at most: 360 ms of training, of which 5 % are 18 ms, of which 10 are spent.
    expect(spending.allows('effective', 0.05, false)).toBe(false);
    expect(spending.allows('effective', 0.06, false)).toBe(true);
  });
});
