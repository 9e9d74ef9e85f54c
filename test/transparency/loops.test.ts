import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';
import { monitor } from '../../src/index.js';
import { expectTwins, numbers, slotsOf, type Twin } from './twins.js';

const manners = ['wrap, standard', 'wrap, everything at every step'];

const variable = (twin: Twin, name: string, values: number[]): tf.Variable =>
  twin.mine(tf.tidy(() => tf.variable(tf.tensor1d(values), true, name)));

/** A bowl with a twist. */
const bowl = (a: tf.Tensor) => (): tf.Scalar => tf.tidy(() => a.square().sum().add(a.sin().sum()).asScalar());

beforeEach(async () => {
  await tf.setBackend('cpu');
});

describe("loops of one's own", () => {
  it('variableGrads, changed by hand, then applyGradients, all in a tidy', () =>
    expectTwins(
      async (twin) => {
        const a = variable(twin, 'a', [1, -2, 3]);
        const optimizer = twin.wrap(tf.train.adam(0.1));
        const alive: number[] = [];
        for (let i = 0; i < 4; i++) {
          tf.tidy(() => {
            const { numTensors } = tf.memory();
            const { value, grads } = tf.variableGrads(bowl(a), [a]);
            const clipped = tf.clipByValue(grads['a'] as tf.Tensor, -1, 1);
            optimizer.applyGradients([{ name: 'a', tensor: clipped }]);
            alive.push(value.dataSync()[0] as number, tf.memory().numTensors - numTensors);
          });
        }
        return { alive, values: numbers([a]), slots: await slotsOf(optimizer) };
      },
      { manners },
    ));

  it('two players with an optimizer each, on variables they share', () =>
    expectTwins(
      async (twin) => {
        const [ours, theirs, shared] = ['ours', 'theirs', 'shared'].map((name, i) =>
          variable(twin, name, [1 + i, -0.5, 0.25 * i]),
        ) as [tf.Variable, tf.Variable, tf.Variable];
        const [one, other] = [twin.wrap(tf.train.adam(0.05)), twin.wrap(tf.train.rmsprop(0.01))];
        const game = () => tf.tidy(() => ours.mul(theirs).add(shared.square()).tanh().sum().asScalar());
        const costs: unknown[] = [];
        for (let i = 0; i < 4; i++) {
          const cost = one.minimize(game, true, [ours, shared]);
          costs.push(cost?.dataSync()[0]);
          cost?.dispose();
          other.minimize(() => tf.tidy(() => game().neg().asScalar()), false, [theirs, shared]);
        }
        return { costs, values: numbers([ours, theirs, shared]), slots: [await slotsOf(one), await slotsOf(other)] };
      },
      { manners },
    ));

  it('random losses draw the same numbers', () =>
    expectTwins(
      async (twin) => {
        const a = variable(twin, 'a', [1, -2, 3]);
        const optimizer = twin.wrap(tf.train.sgd(0.05));
        const noisy = () =>
          tf.tidy(() =>
            a
              .add(tf.randomNormal([3]))
              .square()
              .sum()
              .mul(Math.random())
              .asScalar(),
          );
        for (let i = 0; i < 5; i++) optimizer.minimize(noisy, false, [a]);
        return Promise.resolve(numbers([a]));
      },
      { manners },
    ));

  it('a loss that throws, then goes on', () =>
    expectTwins(
      async (twin) => {
        const a = variable(twin, 'a', [1, -2, 3]);
        const optimizer = twin.wrap(tf.train.momentum(0.05, 0.9));
        const faults: string[] = [];
        for (let i = 0; i < 5; i++) {
          const loss = (): tf.Scalar => {
            if (i === 2) throw new Error('the third batch is broken');
            return bowl(a)();
          };
          try {
            tf.tidy(() => {
              optimizer.minimize(loss, false, [a]);
            });
          } catch (fault) {
            faults.push(String(fault));
          }
        }
        return { faults, values: numbers([a]), slots: await slotsOf(optimizer) };
      },
      { manners, leaving: true },
    ));
});

describe('optimizers that others have a hand in', () => {
  it.each(['before', 'after'])('patched by the user %s it is wrapped', (when) =>
    expectTwins(
      async (twin) => {
        const a = variable(twin, 'a', [1, -2, 3]);
        const optimizer = tf.train.adam(0.1);
        const calls: string[] = [];
        const patch = (): void => {
          for (const method of ['minimize', 'computeGradients', 'applyGradients'] as const) {
            const plain = optimizer[method].bind(optimizer) as (...given: unknown[]) => unknown;
            Reflect.set(optimizer, method, (...given: unknown[]) => {
              calls.push(`${method} ${given.length}`);
              return plain(...given);
            });
          }
        };
        if (when === 'before') patch();
        twin.wrap(optimizer);
        if (when === 'after') patch();
        for (let i = 0; i < 3; i++) optimizer.minimize(bowl(a), false, [a]);
        return { calls, values: numbers([a]), slots: await slotsOf(optimizer) };
      },
      { manners },
    ),
  );

  it('a subclass with an update and a state of its own', () =>
    expectTwins(
      (twin) => {
        class Signed extends tf.SGDOptimizer {
          static override className = 'Signed';
          updates = 0;
          override applyGradients(gradients: { name: string; tensor: tf.Tensor }[]): void {
            this.updates++;
            tf.tidy(() => {
              super.applyGradients(gradients.map(({ name, tensor }) => ({ name, tensor: tf.sign(tensor) })));
            });
          }
        }
        const a = variable(twin, 'a', [1, -2, 3]);
        const optimizer = twin.wrap(new Signed(0.1));
        for (let i = 0; i < 3; i++) optimizer.minimize(bowl(a), false, [a]);
        return Promise.resolve({ values: numbers([a]), updates: optimizer.updates, keys: Object.keys(optimizer) });
      },
      { manners },
    ));

  it.each(['in the order they came', 'the other way round'])('two watches on one optimizer leave it, %s', (order) =>
    expectTwins(
      async (twin) => {
        const a = variable(twin, 'a', [1, -2, 3]);
        const optimizer = twin.wrap(tf.train.adam(0.1));
        const second = twin.watch && monitor({ preset: 'full', stepSize: 'never' });
        second?.wrap(optimizer);
        const step = () => optimizer.minimize(bowl(a), false, [a]);
        step();
        step();
        const [first, last] = order === 'the other way round' ? [second, twin.watch] : [twin.watch, second];
        await first?.detach();
        step();
        await last?.detach();
        step();
        if (twin.watch) expect(Object.getOwnPropertyNames(optimizer)).toEqual(Object.keys(optimizer));
        return { values: numbers([a]), slots: await slotsOf(optimizer) };
      },
      { manners },
    ),
  );
});
