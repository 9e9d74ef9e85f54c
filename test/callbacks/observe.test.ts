import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type Certificate, monitor } from '../../src/index.js';
import { guardWithOwned } from '../oracles/leakGuard.js';

const mine = guardWithOwned();

const variable = (values: number[], name: string, trainable = true) =>
  mine(tf.tidy(() => tf.variable(tf.tensor1d(values), trainable, name)));

/** What came of one observed update. */
async function certify(given: Parameters<ReturnType<typeof monitor>['observe']>[0]): Promise<Certificate> {
  const watch = monitor({ preset: 'full', stepSize: 'always' });
  const certificates: Certificate[] = [];
  watch.certificates$.subscribe((certificate) => certificates.push(certificate));
  await watch.observe(given);
  await watch.detach();
  return certificates[0] as Certificate;
}

describe('observe', () => {
  const descend = (theta: tf.Variable) => () => {
    tf.tidy(() => {
      theta.assign(theta.mul(0.9));
    });
  };

  it('a variable that the loss depends on, changed and not named: unresolved, with its name', async () => {
    const [theta, other] = [variable([1, 2], 'theta'), variable([3, 4], 'other')];
    const loss = () => tf.tidy(() => theta.square().sum().add(other.square().sum()).asScalar());
    const both = () => {
      descend(theta)();
      descend(other)();
    };
    const certificate = await certify({ loss, variables: [theta], update: both });
    expect(certificate.verdict).toBe('unresolved');
    for (const condition of [certificate.alignment, certificate.effective, certificate.stepSize]) {
      expect(condition).toMatchObject({ state: 'unresolved' });
      expect(condition.reason).toMatch(/changed "other" as well/);
    }
    // Named, it is part of the step.
    expect((await certify({ loss, variables: [theta, other], update: both })).verdict).toBe('natural-gradient');
    // Left alone, moved and put back, or not read by the loss, it is no obstacle.
    expect((await certify({ loss, variables: [theta], update: descend(theta) })).verdict).toBe('natural-gradient');
    const unread = variable([5], 'unread');
    const moves = [
      () => {
        tf.tidy(() => {
          const kept = other.clone();
          other.assign(other.add(1));
          other.assign(kept);
        });
      },
      descend(unread),
    ];
    for (const move of moves) {
      const update = () => {
        descend(theta)();
        move();
      };
      expect((await certify({ loss, variables: [theta], update })).verdict).toBe('natural-gradient');
    }
  });

  it('averages that the loss writes itself are not held against the rule', async () => {
    const layer = tf.layers.batchNormalization({ inputShape: [3], momentum: 0.5 });
    const model = mine(tf.sequential({ layers: [layer, tf.layers.dense({ units: 1 })] }));
    const xs = mine(tf.randomNormal([16, 3], 2, 1, 'float32', 1));
    const loss = () => tf.tidy(() => (model.apply(xs, { training: true }) as tf.Tensor).square().mean().asScalar());
    const variables = model.trainableWeights.map((weight) => Reflect.get(weight, 'val') as tf.Variable);
    const optimizer = mine(tf.train.sgd(0.01));
    const update = () => {
      optimizer.minimize(loss, false, variables);
    };
    expect((await certify({ loss, variables, update, learningRate: 0.01 })).verdict).toBe('natural-gradient');
    // Without training mode the loss reads what the update writes.
    const inference = () => tf.tidy(() => (model.apply(xs) as tf.Tensor).square().mean().asScalar());
    expect((await certify({ loss: inference, variables, update })).alignment.reason).toMatch(/moving_/);
  });

  it('a variable with another shape after the update: unresolved, with both shapes', async () => {
    const theta = variable([1, 2, 3, 4], 'theta');
    const certificate = await certify({
      loss: () => tf.tidy(() => theta.square().sum().asScalar()),
      variables: [theta],
      update: () => {
        Reflect.set(theta, 'shape', [2, 2]);
      },
    });
    expect(certificate.alignment).toMatchObject({ state: 'unresolved' });
    expect(certificate.alignment.reason).toContain('changed the shape of "theta" from [4] to [2, 2]');
    // TensorFlow.js itself refuses to assign another shape; that reaches the caller.
    await expect(
      certify({
        loss: () => tf.tidy(() => theta.square().sum().asScalar()),
        variables: [theta],
        update: () => {
          tf.tidy(() => {
            theta.assign(tf.zeros([3]));
          });
        },
      }),
    ).rejects.toThrow(/shape/);
  });

  it('a loss that gives no scalar is told by name before the update runs', async () => {
    const theta = variable([1, 2], 'theta');
    let updates = 0;
    const watch = monitor();
    const observe = (loss: () => unknown): Promise<void> =>
      watch.observe({
        loss: loss as () => tf.Scalar,
        variables: [theta],
        update: () => {
          updates++;
        },
      });
    const gone = tf.scalar(1);
    gone.dispose();
    const { numTensors } = tf.memory();
    const none: [() => unknown, string][] = [
      [() => theta.square().mul(2), 'a tensor of shape [2]'],
      [() => theta.square().sum().reshape([1]), 'a tensor of shape [1]'],
      [() => 3, '3 (number)'],
      [() => Promise.resolve(theta.square().sum()), 'a promise'],
      [() => undefined, 'undefined (undefined)'],
      [() => gone, 'a disposed tensor of shape []'],
    ];
    for (const [loss, got] of none) {
      await expect(observe(loss)).rejects.toThrow(TypeError);
      await expect(observe(loss)).rejects.toThrow(`observe: expected \`loss\` to return a tf.Scalar, got ${got}`);
      expect(tf.memory().numTensors).toBe(numTensors);
    }
    // What it throws itself, and what TensorFlow.js throws of one that no variable reaches, leaves nothing behind either.
    const broken = (): never => {
      theta.square().mul(theta);
      throw new Error('of the loss');
    };
    await expect(observe(broken)).rejects.toThrow('of the loss');
    await expect(observe(() => tf.scalar(1))).rejects.toThrow(/connection between any variable/);
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(updates).toBe(0);
    expect(Array.from(theta.dataSync())).toEqual([1, 2]);
    await watch.detach();
  });

  it('a field that it does not know is told by name before anything runs', async () => {
    const theta = variable([1, 2], 'theta');
    let ran = false;
    const run = (): never => {
      ran = true;
      throw new Error('ran');
    };
    const watch = monitor();
    const refused = async (given: unknown, message: string): Promise<void> => {
      await expect(watch.observe(given as Parameters<typeof watch.observe>[0])).rejects.toThrow(message);
    };
    const good = { loss: run, variables: [theta], update: run };
    await refused({ ...good, larningRate: 0.1 }, 'observe: expected one of the options loss, variables, update');
    await refused({ ...good, larningRate: 0.1 }, 'got an unknown one, `larningRate`');
    await refused(undefined, 'observe: expected options to be an object, got undefined (undefined)');
    await refused(null, 'observe: expected options to be an object, got null');
    await refused([good], 'observe: expected options to be an object, got a list of 1');
    expect(ran).toBe(false);
    await watch.detach();
  });

  it('variables that can have no gradient are told before anything runs', async () => {
    const whole = mine(tf.tidy(() => tf.variable(tf.tensor1d([1, 2], 'int32'), true, 'whole')));
    let ran = false;
    const loss = () => {
      ran = true;
      return tf.scalar(1);
    };
    const watch = monitor();
    await expect(watch.observe({ loss, variables: [whole], update: () => undefined })).rejects.toThrow(
      'observe: expected `variables` to be of float32, got "whole" of int32',
    );
    expect(ran).toBe(false);
    await watch.detach();
  });
});
