import * as tf from '@tensorflow/tfjs';
import { describe, expect, it, vi } from 'vitest';
import { monitor, type MonitorOptions } from '../../src/index.js';
import type { StepRecord } from '../../src/certificates/stepRecord.js';
import { guardWithOwned } from '../oracles/leakGuard.js';

const never = { alignment: 'never', effective: 'never', stepSize: 'never' } as const;

describe('a step of which nothing is to be measured', () => {
  const own = guardWithOwned();

  /** Gradient descent that counts the buffers there are as it begins. */
  class Counting extends tf.SGDOptimizer {
    readonly buffers: number[] = [];
    override applyGradients(gradients: tf.NamedTensorMap): void {
      super.applyGradients(gradients);
      this.buffers.push(tf.memory().numDataBuffers);
    }
  }

  /** Trains `θ²` with the loss a user's function gives, and gives the records and the buffers at the end of each update. */
  async function train(
    options: MonitorOptions | null,
    steps: number,
    scale: (step: number) => number = () => 1,
  ): Promise<{ records: StepRecord[]; buffers: number[]; theta: number }> {
    const theta = own(tf.tidy(() => tf.variable(tf.tensor1d([1, 2, 3]))));
    const rule = own(new Counting(1e-3));
    const watch = options && monitor(options);
    const records: StepRecord[] = [];
    watch?.steps$.subscribe((record) => records.push(record));
    watch?.wrap(rule);
    for (let step = 0; step < steps; step++)
      rule.minimize(() => tf.tidy(() => tf.mul(tf.sum(tf.square(theta)), scale(step))), false, [theta]);
    await watch?.detach();
    const { buffers } = rule;
    const first = buffers[0] as number;
    return { records, buffers: buffers.map((count) => count - first), theta: theta.dataSync()[0] as number };
  }

  it('holds nothing of θ, every other one of them', async () => {
    const alone = await train(null, 6);
    expect(alone.buffers).toEqual([0, 0, 0, 0, 0, 0]);
    const watched = await train({ ...never, alignment: { every: 2 } }, 6);
    // θ and θ' are two.
    expect(watched.buffers).toEqual([0, -1, 0, -1, 0, -1]);
    expect(watched.theta).toBe(alone.theta);
    expect(watched.records.map(({ asked, gram }) => [asked.alignment, gram !== null])).toEqual(
      [0, 1, 2, 3, 4, 5].map((step) => [step % 2 === 0, step % 2 === 0]),
    );
    expect(watched.records.every(({ lossBefore }) => lossBefore !== null)).toBe(true);
  });

  it('asks a schedule of the user once a step, and goes on where it throws', async () => {
    const asked: number[] = [];
    const { records } = await train(
      {
        ...never,
        alignment: (step) => {
          asked.push(step);
          return step % 3 === 0;
        },
      },
      7,
    );
    expect(asked).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(records.map(({ asked: { alignment } }) => alignment)).toEqual([0, 1, 2, 3, 4, 5, 6].map((i) => i % 3 === 0));
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    try {
      const throwing = await train(
        {
          ...never,
          alignment: (step) => {
            if (step === 1) throw new Error('not today');
            return true;
          },
        },
        4,
      );
      expect(throwing.records.map(({ gram }) => gram !== null)).toEqual([true, true, true]);
      expect(warned.mock.calls.flat().join()).toContain('not today');
    } finally {
      warned.mockRestore();
    }
  });

  it('is measured after all where its loss is a spike, or by a budget', async () => {
    const spiking = (step: number): number => (step === 30 ? 100 : 1 + 0.01 * (step % 3));
    const suspicious = await train({ ...never, effective: 'on-suspicion' }, 34, spiking);
    expect(suspicious.records.flatMap(({ step, lossAfter }) => (lossAfter === null ? [] : [step]))).toEqual([30]);
    // Losses are measured as long as the budget is not spent: with all the time of the training, at some steps.
    const budget = await train({ ...never, effective: { budget: 1 } }, 34);
    expect(budget.records.some(({ lossAfter }) => lossAfter !== null)).toBe(true);
  });
});
