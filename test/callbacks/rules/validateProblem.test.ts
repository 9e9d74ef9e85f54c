import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import * as rules from '../../../callbacks/rules/index.js';

describe('a rule says what it can not learn from, before anything runs', () => {
  it('names itself, the field, what was expected and what it got', async () => {
    await tf.setBackend('cpu');
    const { numTensors } = tf.memory();
    const { network, dispose } = rules.galleryProblem(1);
    const { loss, variables } = network;
    const good = { network, loss, variables, learningRate: 0.1, seed: 1 };
    const given = (wrong: object) => ({ ...good, ...wrong });
    expect(() => rules.randomWalk(given({ loss: 1 }))).toThrow(
      'randomWalk: expected `loss` to be a function that returns a tf.Scalar, got 1 (number)',
    );
    expect(() => rules.gradientAscent(given({ variables: [] }))).toThrow(
      'gradientAscent: expected `variables` to be a list of at least one tf.Variable, got an object',
    );
    expect(() => rules.weightPerturbation(given({ learningRate: 0 }))).toThrow(
      'weightPerturbation: expected `learningRate` to be a finite number > 0, got 0 (number)',
    );
    expect(() => rules.evolutionStrategies(good, { pairs: 1.5 })).toThrow(
      'evolutionStrategies: expected `pairs` to be an integer >= 1, got 1.5 (number)',
    );
    expect(() => rules.rotatedGradient(given({ seed: 0.5 }))).toThrow(
      /rotatedGradient: expected `seed` to be an integer/,
    );
    for (const name of [
      'feedbackAlignment',
      'directFeedbackAlignment',
      'nodePerturbation',
      'naturalGradient',
    ] as const) {
      expect(() => rules[name](given({ network: null }))).toThrow(
        `${name}: expected \`network\` to be a Perceptron, got null`,
      );
    }
    expect(() => rules.oja({ inputs: network.inputs, learningRate: Number.NaN })).toThrow(
      /oja: expected `learningRate`/,
    );
    dispose();
    expect(tf.memory().numTensors).toBe(numTensors);
  });
});
