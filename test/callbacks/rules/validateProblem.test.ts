import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import * as rules from '../../../callbacks/rules/index.js';
import { guardWithOwned } from '../../oracles/leakGuard.js';

const mine = guardWithOwned();

describe('a rule says what it can not learn from, before anything runs', () => {
  it('names itself, the field, what was expected and what it got', () => {
    const { network } = mine(rules.galleryProblem(1));
    const { loss, variables } = network;
    const good = { network, loss, variables, learningRate: 0.1, seed: 1 };
    const given = (wrong: object) => ({ ...good, ...wrong });
    expect(() => rules.randomWalk(given({ loss: 1 }))).toThrow(
      'randomWalk: expected `loss` to be a function that returns a tf.Scalar, got 1 (number)',
    );
    expect(() => rules.gradientAscent(given({ variables: [] }))).toThrow(
      'gradientAscent: expected `variables` to be a list of at least one tf.Variable, got a list of 0',
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
  });

  it('a field of the problem that is not known, and variables that can not be moved', () => {
    const theta = mine(tf.tidy(() => tf.variable(tf.tensor1d([1, 2]))));
    const whole = mine(tf.tidy(() => tf.variable(tf.tensor1d([1, 2], 'int32'), true, 'whole')));
    const gone = tf.tidy(() => tf.variable(tf.tensor1d([1]), true, 'gone'));
    gone.dispose();
    const loss = (): tf.Scalar => tf.tidy(() => theta.square().sum().asScalar());
    for (const name of ['weightPerturbation', 'evolutionStrategies', 'randomWalk', 'gradientAscent'] as const) {
      const start = (wrong: object) => () => rules[name]({ loss, variables: [theta], learningRate: 0.1, ...wrong });
      expect(start({ sed: 2 })).toThrow(
        `${name}: expected one of the options loss, variables, learningRate, seed, network, got an unknown one, \`sed\``,
      );
      expect(start({ variables: [gone] })).toThrow(`${name}: expected live \`variables\`, got a disposed one (gone)`);
      expect(start({ variables: [theta, whole] })).toThrow(
        `${name}: expected float32 \`variables\`, got whole (int32)`,
      );
      expect(start({ variables: [theta, theta] })).toThrow(
        `${name}: expected \`variables\` to name each variable once`,
      );
      expect(start({})).not.toThrow();
    }
  });

  it('an option that is not known', () => {
    const { network } = mine(rules.galleryProblem(1));
    const { loss, variables } = network;
    const good = { network, loss, variables, learningRate: 0.1 };
    for (const [name, known] of [
      ['weightPerturbation', 'sigma'],
      ['nodePerturbation', 'sigma'],
      ['evolutionStrategies', 'pairs, sigma'],
      ['naturalGradient', 'damping'],
      ['rotatedGradient', 'angle'],
    ] as const) {
      expect(() => rules[name](good, { sigm: 1 } as object)).toThrow(
        `${name}: expected one of the options ${known}, got an unknown one, \`sigm\``,
      );
      expect(() => rules[name](good, null as never)).toThrow(`${name}: expected options to be an object, got null`);
      expect(() => rules[name](undefined as never)).toThrow(`${name}: expected \`problem\` to be an object`);
    }
  });

  it('a loss that gives no scalar, when it is asked', () => {
    const theta = mine(tf.tidy(() => tf.variable(tf.tensor1d([1, 2]))));
    const loss = (): tf.Scalar => tf.tidy(() => theta.square() as unknown as tf.Scalar);
    for (const name of ['weightPerturbation', 'evolutionStrategies', 'gradientAscent', 'rotatedGradient'] as const) {
      const { update } = rules[name]({ loss, variables: [theta], learningRate: 0.1 });
      expect(update).toThrow(`${name}: expected \`loss\` to return a tf.Scalar, got a tensor of shape [2]`);
    }
  });

  it.each(
    rules.gallery
      .filter(({ name }) => !/alignment|node|natural|oja|walk/.test(name))
      .map((rule) => [rule.name, rule] as const),
  )('%s: a loss that gives no scalar leaves nothing behind, and the variables alone', (_, rule) => {
    const { network } = mine(rules.galleryProblem(1));
    const { variables } = network;
    const kernel = variables[0] as tf.Variable;
    const bits = Array.from(kernel.dataSync());
    for (const [loss, got] of [
      [() => kernel.square().mul(2), 'a tensor of shape [4, 8]'],
      [() => 3, '3 (number)'],
    ] as const) {
      const { update, dispose } = rule.start({ network, loss: loss as never, variables, learningRate: 0.1 });
      const { numTensors } = tf.memory();
      expect(update).toThrow(TypeError);
      expect(update).toThrow(/^[a-zA-Z]+: expected `loss` to return a tf.Scalar, got /);
      expect(update).toThrow(got);
      expect(tf.memory().numTensors).toBe(numTensors);
      dispose();
    }
    expect(Array.from(kernel.dataSync())).toEqual(bits);
  });

  it.each(['weightPerturbation', 'evolutionStrategies'] as const)('%s: a loss that throws away from θ', (name) => {
    const theta = mine(tf.tidy(() => tf.variable(tf.tensor1d([0.1, 2]))));
    const bits = Array.from(theta.dataSync());
    let calls = 0;
    const loss = (): tf.Scalar => {
      if (++calls === 2) throw new Error('of the loss');
      return tf.tidy(() => theta.square().sum().asScalar());
    };
    const { update } = rules[name]({ loss, variables: [theta], learningRate: 0.1 });
    expect(update).toThrow('of the loss');
    expect(Array.from(theta.dataSync())).toEqual(bits);
    update();
    expect(Array.from(theta.dataSync())).not.toEqual(bits);
  });

  it("natural gradient: variables that are not the network's own, in their order", () => {
    const { network } = mine(rules.galleryProblem(1));
    const { loss, variables } = network;
    const own = variables.map(({ name }) => name).join(', ');
    const start = (given: tf.Variable[]) => () =>
      rules.naturalGradient({ network, loss, variables: given, learningRate: 0.1 });
    expect(start(variables.slice(0, 2))).toThrow(
      `naturalGradient: expected \`variables\` to be those of the network in their order, ${own}, got ${own.split(', ').slice(0, 2).join(', ')}`,
    );
    expect(start([...variables].reverse())).toThrow(TypeError);
    // One of the same shape.
    const other = mine(tf.tidy(() => tf.variable(tf.zerosLike(variables[0] as tf.Variable), true, 'other')));
    expect(start(variables.with(0, other))).toThrow(/got other, /);
    expect(start(network.variables)).not.toThrow();
  });

  it('oja: inputs that are no matrix', () => {
    const vector = mine(tf.tensor1d([1, 2]));
    const expected = 'oja: expected `inputs` to be a tensor [examples, inputs] of at least one of each, got';
    const oja = (given: unknown) => () => rules.oja(given as rules.OjaProblem);
    expect(oja({ learningRate: 0.1 })).toThrow(`${expected} undefined (undefined)`);
    expect(oja({ inputs: vector, learningRate: 0.1 })).toThrow(`${expected} a tensor of shape [2]`);
    expect(oja({ inputs: mine(tf.zeros([0, 2])), learningRate: 0.1 })).toThrow(`${expected} a tensor of shape [0, 2]`);
    const gone = tf.ones([3, 2]);
    gone.dispose();
    expect(oja({ inputs: gone, learningRate: 0.1 })).toThrow(`${expected} a disposed tensor of shape [3, 2]`);
    const inputs = mine(tf.ones([3, 2]));
    expect(oja({ inputs, learningRate: 0.1, seed: 0.5 })).toThrow('oja: expected `seed` to be an integer, got 0.5');
    expect(oja({ inputs, learningRate: 0.1, sed: 2 })).toThrow('got an unknown one, `sed`');
    expect(oja(undefined)).toThrow('oja: expected options to be an object, got undefined');
  });

  it('a perceptron: examples and widths that do not fit', () => {
    const [inputs, targets] = [mine(tf.ones<tf.Rank.R2>([4, 2])), mine(tf.ones<tf.Rank.R2>([4, 3]))];
    const make = (wrong: object) => () => new rules.Perceptron({ inputs, targets, hidden: [3], seed: 1, ...wrong });
    const few = mine(tf.ones([3, 3]));
    const flat = mine(tf.ones([4]));
    const gone = tf.ones([4, 2]);
    gone.dispose();
    for (const [wrong, message] of [
      [{ targets: few }, '`targets` to be of 4 examples, as `inputs` is, got a tensor of shape [3, 3]'],
      [
        { targets: flat },
        '`targets` to be a tensor [examples, classes] of at least one of each, got a tensor of shape [4]',
      ],
      [
        { inputs: flat },
        '`inputs` to be a tensor [examples, inputs] of at least one of each, got a tensor of shape [4]',
      ],
      [{ inputs: gone }, 'of at least one of each, got a disposed tensor of shape [4, 2]'],
      [{ inputs: undefined }, '`inputs` to be a tensor [examples, inputs] of at least one of each, got undefined'],
      [{ targets: mine(tf.zeros([4, 0])) }, 'of at least one of each, got a tensor of shape [4, 0]'],
      [{ hidden: 8 }, '`hidden` to be a list of integers >= 1, got 8 (number)'],
      [{ hidden: [3, 0] }, '`hidden[1]` to be an integer >= 1, got 0 (number)'],
      [{ hidden: new Array(2) }, '`hidden[0]` to be an integer >= 1, got undefined (undefined)'],
      [{ hidden: [1.5] }, '`hidden[0]` to be an integer >= 1, got 1.5 (number)'],
      [{ seed: 0.5 }, '`seed` to be an integer, got 0.5 (number)'],
      [{ name: 5 }, '`name` to be a string, got 5 (number)'],
      [{ hiden: [3] }, 'got an unknown one, `hiden`'],
    ] as const) {
      expect(make(wrong)).toThrow(TypeError);
      expect(make(wrong)).toThrow(message);
      expect(make(wrong)).toThrow('Perceptron: expected ');
    }
    mine(make({})());
    expect(() => rules.galleryProblem(0.5)).toThrow(
      'galleryProblem: expected `seed` to be an integer, got 0.5 (number)',
    );
  });
});
