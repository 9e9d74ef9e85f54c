import * as tf from '@tensorflow/tfjs';
import { Matrix, solve } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { draws } from '../../../callbacks/rules/draws.js';
import * as rules from '../../../callbacks/rules/index.js';
import * as float64 from '../../oracles/float64Optimizers.js';
import { Float64Perceptron } from '../../oracles/float64Perceptron.js';
import { guardAgainstLeaks } from '../../oracles/leakGuard.js';
import { anySeed } from '../../oracles/seed.js';

const seed = anySeed();
const steps = 50;
guardAgainstLeaks();

/**
 * Largest difference of two runs over all steps, in units of the largest parameter: θ itself is float32. The way they went has to be
 * long against it.
 */
function apart(ours: readonly number[][], theirs: readonly number[][]): number {
  const [first, last] = [theirs[0] as number[], theirs.at(-1) as number[]];
  const size = Math.max(...last.map(Math.abs));
  const way = Math.max(...last.map((value, i) => Math.abs(value - (first[i] as number))));
  expect(way, `the way, seed ${seed}`).toBeGreaterThan(0.01 * size);
  const gap = Math.max(
    ...ours.flatMap((theta, k) => theta.map((value, i) => Math.abs(value - (theirs[k]?.[i] as number)))),
  );
  return gap / size;
}

const epsilon = 1e-7;
const shapes = [
  [5, 3],
  [1, 3],
] as const;

describe(`optimizers make the steps of their papers, in float64, for the same gradients (seed ${seed})`, () => {
  it.each<[string, () => tf.Optimizer, float64.Step]>([
    ['sgd', () => tf.train.sgd(0.1), float64.sgd(0.1)],
    ['momentum', () => tf.train.momentum(0.1, 0.9), float64.heavyBall(0.1, 0.9)],
    ['heavy ball', () => rules.heavyBall(0.1, 0.8), float64.heavyBall(0.1, 0.8)],
    ['nesterov', () => rules.nesterov(0.1, 0.9), float64.nesterov(0.1, 0.9)],
    ['adagrad', () => tf.train.adagrad(0.1), float64.adagrad(0.1, 0.1, epsilon)],
    ['adadelta', () => rules.adadelta(3, { rho: 0.9 }), float64.adadelta(3, 0.9, 1e-6)],
    ['adadelta of tfjs, which is gradient descent', () => tf.train.adadelta(0.1), float64.sgd(0.1)],
    ['rmsprop', () => tf.train.rmsprop(0.01), float64.rmsprop(0.01, 0.9, epsilon)],
    ['adam', () => tf.train.adam(0.01), float64.adam(0.01, 0.9, 0.999, epsilon)],
    ['adamax', () => tf.train.adamax(0.01), float64.adamax(0.01, 0.9, 0.999, epsilon)],
    ['adamw', () => rules.adamW(0.01, { weightDecay: 0.1 }), float64.adam(0.01, 0.9, 0.999, 1e-8, 0.1)],
    ['lion', () => rules.lion(0.01, { weightDecay: 0.1 }), float64.lion(0.01, 0.9, 0.99, 0.1)],
    ['signsgd', () => rules.signSGD(0.01), float64.signSGD(0.01)],
    ['muon', () => rules.muon(0.02), float64.muon(0.02, 0.95, shapes)],
  ])('%s', (_, make, step) => {
    const { normals, normal } = draws(seed);
    const optimizer = make();
    const variables = shapes.map((shape, i) =>
      tf.tidy(() => tf.variable(tf.tensor(normals(shape[0] * shape[1]), i === 0 ? [...shape] : [shape[1]]))),
    );
    const theta = () => variables.flatMap((variable) => Array.from(variable.dataSync()));
    const ours = [theta()];
    const theirs = [theta()];
    for (let k = 0; k < steps; k++) {
      const scale = Math.exp(normal());
      const gradients = variables.map(({ size }) => normals(size).map((value) => scale * value));
      tf.tidy(() => {
        optimizer.applyGradients(
          variables.map(({ name, shape }, i) => ({ name, tensor: tf.tensor(gradients[i] as Float32Array, shape) })),
        );
      });
      ours.push(theta());
      const at = theirs.at(-1) as number[];
      const change = step(
        gradients.flatMap((gradient) => Array.from(gradient)),
        at,
      );
      theirs.push(at.map((value, i) => value + (change[i] as number)));
    }
    expect(apart(ours, theirs), `seed ${seed}`).toBeLessThan(1e-5);
    optimizer.dispose();
    // What TensorFlow.js' momentum forgets.
    if (optimizer.getClassName() === 'Momentum') tf.SGDOptimizer.prototype.dispose.call(optimizer);
    tf.dispose(variables);
  });
});

type Learn = (net: Float64Perceptron, seed: number) => (theta: readonly number[]) => number[];

describe(`rules make the steps of their papers on a network, in float64 (seed ${seed})`, () => {
  const rate = 0.1;
  const reshaped = (values: Float32Array, columns: number): number[][] =>
    Array.from({ length: values.length / columns }, (_, i) =>
      Array.from(values.subarray(i * columns, (i + 1) * columns)),
    );
  const plus = (theta: readonly number[], direction: ArrayLike<number>, factor: number): number[] =>
    theta.map((value, i) => value + factor * (direction[i] as number));

  it.each<[string, (problem: rules.NetworkProblem) => rules.Learner, Learn]>([
    ['gradient ascent', rules.gradientAscent, (net) => (theta) => net.descent(theta).map((y) => -y)],
    [
      'rotated gradient',
      (problem) => rules.rotatedGradient(problem, { angle: 2 }),
      (net) => (theta) => {
        const y = net.descent(theta);
        return y.map((value, i) => {
          const turned = i % 2 === 0 ? -(y[i + 1] ?? 0) : (y[i - 1] as number);
          return Math.cos(2) * value + Math.sin(2) * turned;
        });
      },
    ],
    [
      'random walk',
      rules.randomWalk,
      (net, own) => {
        const { normals } = draws(own);
        return () => {
          const direction = Array.from(normals(net.start.length));
          const length = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0));
          return direction.map((value) => value / length);
        };
      },
    ],
    [
      'weight perturbation',
      (problem) => rules.weightPerturbation(problem, { sigma: 0.05 }),
      (net, own) => {
        const { normals } = draws(own);
        return (theta) => {
          const xi = normals(theta.length);
          const slope = (net.loss(plus(theta, xi, 0.05)) - net.loss(theta)) / 0.05;
          return Array.from(xi, (value) => -slope * value);
        };
      },
    ],
    [
      'evolution strategies',
      (problem) => rules.evolutionStrategies(problem, { pairs: 3, sigma: 0.1 }),
      (net, own) => {
        const { normals } = draws(own);
        return (theta) => {
          const direction = theta.map(() => 0);
          for (let pair = 0; pair < 3; pair++) {
            const xi = normals(theta.length);
            const difference = net.loss(plus(theta, xi, 0.1)) - net.loss(plus(theta, xi, -0.1));
            xi.forEach((value, i) => (direction[i] = (direction[i] as number) - (difference * value) / (2 * 3 * 0.1)));
          }
          return direction;
        };
      },
    ],
    [
      'node perturbation',
      rules.nodePerturbation,
      (net, own) => {
        const { normals } = draws(own);
        return (theta) => {
          const xi = net.sizes.map(([, units]) => reshaped(normals(net.inputs.length * units), units));
          const clean = net.forward(theta);
          const noise = xi.map((layer) => layer.map((row) => row.map((value) => 0.01 * value)));
          const shaken = net.forward(theta, noise);
          const g = theta.map(() => 0);
          clean.losses.forEach((loss, i) => {
            const harm = ((shaken.losses[i] as number) - loss) / 0.01 / net.inputs.length;
            net.sizes.forEach(([fanIn, units], l) => {
              const at = net.offset(l);
              for (let u = 0; u < units; u++) {
                const push = -harm * (xi[l]?.[i]?.[u] as number);
                for (let k = 0; k < fanIn; k++) {
                  const j = at + k * units + u;
                  g[j] = (g[j] as number) + push * (clean.inputs[l]?.[i]?.[k] as number);
                }
                g[at + fanIn * units + u] = (g[at + fanIn * units + u] as number) + push;
              }
            });
          });
          return g;
        };
      },
    ],
    [
      'feedback alignment',
      rules.feedbackAlignment,
      (net, own) => {
        const { normals } = draws(own);
        const feedback = net.sizes.slice(1).map(([inputs, units]) => {
          const values = normals(inputs * units);
          return reshaped(values, inputs).map((row) => row.map((value) => value / Math.sqrt(inputs)));
        });
        return (theta) =>
          net.descent(theta, (l, above) => {
            const matrix = feedback[l] as number[][];
            return (matrix[0] as number[]).map((_, k) =>
              above.reduce((sum, error, u) => sum + error * (matrix[u]?.[k] as number), 0),
            );
          });
      },
    ],
    [
      'direct feedback alignment',
      rules.directFeedbackAlignment,
      (net, own) => {
        const { normals } = draws(own);
        const classes = net.sizes.at(-1)?.[1] as number;
        const feedback = net.sizes
          .slice(0, -1)
          .map(([, units]) =>
            reshaped(normals(classes * units), units).map((row) => row.map((value) => value / Math.sqrt(classes))),
          );
        return (theta) =>
          net.descent(theta, (l, _, atOutputs) => {
            const matrix = feedback[l] as number[][];
            return (matrix[0] as number[]).map((__, k) =>
              atOutputs.reduce((sum, error, c) => sum + error * (matrix[c]?.[k] as number), 0),
            );
          });
      },
    ],
    [
      'natural gradient',
      (problem) => rules.naturalGradient(problem, { damping: 0.1 }),
      (net) => (theta) => {
        // ∇ln p(c|x) of every example and class by central differences, then Amari's formula as it stands.
        const classes = net.sizes.at(-1)?.[1] as number;
        const { probabilities } = net.forward(theta);
        const h = 1e-5;
        const slopes = theta.map((_, j) => {
          const [above, below] = [h, -h].map(
            (by) => net.forward(theta.map((value, i) => (i === j ? value + by : value))).probabilities,
          ) as [number[][], number[][]];
          return above.map((row, i) => row.map((p, c) => (Math.log(p) - Math.log(below[i]?.[c] as number)) / (2 * h)));
        });
        const fisher = Matrix.eye(theta.length).mul(0.1);
        for (let i = 0; i < net.inputs.length; i++) {
          for (let c = 0; c < classes; c++) {
            const score = Matrix.columnVector(slopes.map((slope) => slope[i]?.[c] as number));
            const weight = (probabilities[i]?.[c] as number) / net.inputs.length;
            fisher.add(score.mmul(score.transpose()).mul(weight));
          }
        }
        return solve(fisher, Matrix.columnVector(net.descent(theta))).to1DArray();
      },
    ],
  ])('%s', (_, make, oracle) => {
    const { normals } = draws(seed);
    const inputs = tf.tensor2d(normals(24 * 3), [24, 3]);
    const targets = tf.tidy(() =>
      tf
        .oneHot(
          tf.tensor1d(
            Array.from({ length: 24 }, (__, i) => i % 3),
            'int32',
          ),
          3,
        )
        .toFloat(),
    ) as tf.Tensor2D;
    const network = new rules.Perceptron({ inputs, targets, hidden: [4, 3], seed: seed + 1 });
    const { loss, variables } = network;
    const net = new Float64Perceptron(network);
    const own = seed + 2;
    const learner = make({ network, loss, variables, learningRate: rate, seed: own });
    const g = oracle(net, own);
    const ours = [net.start];
    const theirs = [net.start];
    for (let k = 0; k < steps; k++) {
      learner.update();
      ours.push(variables.flatMap((variable) => Array.from(variable.dataSync())));
      const at = theirs.at(-1) as number[];
      theirs.push(plus(at, g(at), rate));
    }
    expect(apart(ours, theirs), `seed ${seed}`).toBeLessThan(1e-5);
    learner.dispose();
    network.dispose();
    tf.dispose([inputs, targets]);
  });

  it('oja, and y·g on its own objective by its formula', () => {
    const { normals } = draws(seed);
    const inputs = tf.tensor2d(
      normals(24 * 3).map((value, i) => (i % 3 === 0 ? 2 * value : value)),
      [24, 3],
    );
    const x = inputs.arraySync();
    const learner = rules.oja({ inputs, learningRate: rate, seed });
    const weights = learner.variables[0] as tf.Variable;
    const read = () => Array.from(weights.dataSync());
    const second = [0, 1, 2].map((a) =>
      [0, 1, 2].map((b) => x.reduce((sum, row) => sum + (row[a] as number) * (row[b] as number), 0) / x.length),
    );
    const times = (w: readonly number[]): number[] => second.map((row) => dot(row, w));
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, value, i) => sum + value * (b[i] as number), 0);
    const ours = [read()];
    const theirs = [read()];
    for (let k = 0; k < steps; k++) {
      const w = ours.at(-1) as number[];
      const cw = times(w);
      const { grads, value } = tf.variableGrads(learner.loss, learner.variables);
      const descent = Array.from((grads[weights.name] as tf.Tensor).dataSync()).map((each) => -each);
      tf.dispose([grads, value]);
      const g = cw.map((each, i) => each - dot(w, cw) * (w[i] as number));
      const trace = second.reduce((sum, row, i) => sum + (row[i] as number), 0);
      const formula = (2 * (dot(cw, cw) * dot(w, w) - dot(w, cw) ** 2)) / (dot(w, w) ** 2 * trace);
      expect(Math.abs(dot(descent, g) - formula)).toBeLessThan(1e-5);
      learner.update();
      ours.push(read());
      const at = theirs.at(-1) as number[];
      const c = times(at);
      theirs.push(at.map((each, i) => each + rate * ((c[i] as number) - dot(at, c) * each)));
    }
    expect(apart(ours, theirs), `seed ${seed}`).toBeLessThan(1e-5);
    learner.dispose();
    inputs.dispose();
  });
});
