import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { gradientMultiples } from '../../callbacks/gradientMultiples.js';
import { guardWithOwned } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';
import { Decaying, EachItsOwn, uniformsFrom, variableOf } from '../oracles/updates.js';

const seed = anySeed();

const uniforms = (size: number, salt: number): Float32Array => uniformsFrom(seed + salt, size);
const variable = (size: number, salt: number): tf.Variable => variableOf(uniforms(size, salt));

describe('what an update is seen to be', () => {
  const own = guardWithOwned();
  const make = (): { variables: tf.Variable[]; gradients: tf.Tensor[] } => ({
    variables: [3, 5].map((size, i) => own(variable(size, i))),
    gradients: [3, 5].map((size, i) => own(tf.tensor1d(uniforms(size, 7 + i)))),
  });
  const seen = (
    { variables, gradients }: ReturnType<typeof make>,
    update: () => void,
    known: readonly (tf.Tensor | undefined)[] = gradients,
  ): readonly (number | undefined)[] => {
    const before = variables.map((each) => own(each.clone()));
    return gradientMultiples({ before, gradients: known }, variables, update);
  };
  const apply = (
    optimizer: tf.Optimizer,
    { variables, gradients }: ReturnType<typeof make>,
    given = gradients,
  ): (() => void) => {
    own(optimizer);
    return () => {
      optimizer.applyGradients(Object.fromEntries(variables.map(({ name }, i) => [name, given[i] as tf.Tensor])));
    };
  };

  it('gradient descent: minus η, as float32 has it', () => {
    const step = make();
    expect(seen(step, apply(tf.train.sgd(0.1), step))).toEqual([Math.fround(-0.1), Math.fround(-0.1)]);
  });

  it('a factor for each, and the sum written the other way round', () => {
    const step = make();
    const rates = { [step.variables[0]?.name as string]: -0.5, [step.variables[1]?.name as string]: 2 };
    expect(seen(step, apply(new EachItsOwn(rates), step))).toEqual([-0.5, 2]);
  });

  it.each([
    ['adam', () => tf.train.adam(0.1)],
    ['adamax', () => tf.train.adamax(0.1)],
    ['adagrad', () => tf.train.adagrad(0.1)],
    ['rmsprop', () => tf.train.rmsprop(0.1)],
    ['adadelta', () => tf.train.adadelta(0.1)],
    ['gradient descent with decay', () => new Decaying(0.1)],
  ])('nothing of the kind: %s', (_, make_) => {
    const step = make();
    for (let i = 0; i < 2; i++) expect(seen(step, apply(make_(), step))).toEqual([undefined, undefined]);
  });

  it('nothing where other gradients are applied, where θ is not where it began, or where one was not reached', () => {
    const step = make();
    const clipped = step.gradients.map((gradient) => own(tf.clipByValue(gradient, -0.1, 0.1)));
    expect(seen(step, apply(tf.train.sgd(0.1), step, clipped))).toEqual([undefined, undefined]);
    const moved = (): void => {
      tf.tidy(() => {
        step.variables[0]?.assign(tf.add(step.variables[0], 1));
      });
      apply(tf.train.sgd(0.5), step)();
    };
    expect(seen(step, moved)).toEqual([undefined, -0.5]);
    expect(seen(step, apply(tf.train.sgd(0.5), step), [undefined, step.gradients[1]])).toEqual([undefined, -0.5]);
  });

  it('nothing where the gradient of another variable of the same size is applied, or another θ gone on from', () => {
    const sizes = [4, 4];
    const variables = sizes.map((size, i) => own(variable(size, i)));
    const gradients = sizes.map((size, i) => own(tf.tensor1d(uniforms(size, 7 + i))));
    const step = { variables, gradients };
    expect(seen(step, apply(tf.train.sgd(0.5), step, [...gradients].reverse()))).toEqual([undefined, undefined]);
    const fromAnother = (): void => {
      tf.tidy(() => {
        variables[1]?.assign(tf.add(tf.mul(-0.5, gradients[1] as tf.Tensor), variables[0] as tf.Variable));
      });
    };
    expect(seen(step, fromAnother)).toEqual([undefined, undefined]);
  });
});
