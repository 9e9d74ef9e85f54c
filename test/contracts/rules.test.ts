import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gallery, galleryProblem, type Rule } from '../../callbacks/rules/index.js';
import { type Certificate, monitor } from '../../src/index.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();
const steps = 50;
let start: tf.MemoryInfo;

beforeEach(async () => {
  await tf.setBackend('cpu');
  start = tf.memory();
});
afterEach(() => {
  expect(tf.memory().numTensors).toBe(start.numTensors);
  expect(tf.memory().numDataBuffers).toBe(start.numDataBuffers);
});

interface Run {
  readonly theta: number[];
  readonly losses: readonly [number, number];
  readonly certificates: readonly Certificate[];
}

/** Trains by a rule, certified or not, and lets go of everything. */
async function train(rule: Rule, { own = seed, certified = false } = {}): Promise<Run> {
  const problem = galleryProblem(seed);
  const { network } = problem;
  const { loss, variables } = network;
  const learner = rule.start({ network, loss, variables, learningRate: rule.learningRate, seed: own });
  const value = () => tf.tidy(() => learner.loss().dataSync()[0] as number);
  const certificates: Certificate[] = [];
  const before = value();
  const watch = monitor({ preset: 'full', stepSize: 'never', window: 0, rules: [] });
  watch.certificates$.subscribe((certificate) => certificates.push(certificate));
  const held: number[] = [];
  for (let step = 0; step < steps; step++) {
    if (certified) await watch.observe(learner);
    else learner.update();
    held.push(tf.memory().numTensors);
  }
  await watch.detach();
  // State is made at the first step; nothing piles up after it.
  expect(new Set(held).size, `tensors step by step: ${held.join(' ')}`).toBe(1);
  const run = {
    theta: learner.variables.flatMap((variable) => Array.from(variable.dataSync())),
    losses: [before, value()] as const,
    certificates,
  };
  learner.dispose();
  problem.dispose();
  return run;
}

describe(`every rule of the gallery (seed ${seed})`, () => {
  it('has a name of its own and one line of description', () => {
    expect(new Set(gallery.map(({ name }) => name)).size).toBe(gallery.length);
    for (const { name, description } of gallery) {
      expect(name).toMatch(/^[a-z][a-z -]*$/);
      expect(description).toMatch(/^[^\n]{10,120}$/);
    }
    expect(gallery.filter(({ learning }) => !learning).map(({ name }) => name)).toEqual([
      'random walk',
      'gradient ascent',
      'rotated gradient',
    ]);
  });

  it.each(gallery.map((rule) => [rule.name, rule] as const))(
    '%s: deterministic, without Math.random, watched or not, no leak; learns if it says so',
    async (_, rule) => {
      const random = Math.random;
      Math.random = () => {
        throw new Error('a rule called Math.random');
      };
      try {
        const [plain, again, watched] = [await train(rule), await train(rule), await train(rule, { certified: true })];
        expect(again.theta).toEqual(plain.theta);
        expect(watched.theta).toEqual(plain.theta);
        expect(plain.theta.every(Number.isFinite)).toBe(true);
        expect(watched.certificates.length).toBe(steps);
        const [before, after] = plain.losses;
        if (rule.learning) expect(after).toBeLessThan(before);
        // Where a random walk ends up is chance: below.
        else if (rule.name !== 'random walk') expect(after).toBeGreaterThan(before);
      } finally {
        Math.random = random;
      }
    },
  );

  it.each(gallery.map((rule) => [rule.name, rule] as const))(
    '%s: says by name that it was given no problem',
    (_, rule) => {
      for (const none of [undefined, null, 3]) {
        const start = (): unknown => rule.start(none as never);
        expect(start).toThrow(TypeError);
        expect(start).toThrow(/^[a-zA-Z]+: expected `problem` to be an object, got (undefined|null|3)/);
      }
      const { network, dispose } = galleryProblem(seed);
      const { loss, variables } = network;
      expect(() => rule.start({ network, loss, variables, learningRate: Number.NaN })).toThrow(
        /expected `learningRate`/,
      );
      dispose();
    },
  );

  it('random ones follow their seed', async () => {
    for (const name of ['random walk', 'weight perturbation', 'node perturbation', 'feedback alignment']) {
      const rule = gallery.find((each) => each.name === name) as Rule;
      expect((await train(rule, { own: 1 })).theta).not.toEqual((await train(rule, { own: 2 })).theta);
    }
  });
});

describe(`what does not learn is not certified as learning (seed ${seed})`, () => {
  const named = (name: string): Rule => gallery.find((rule) => rule.name === name) as Rule;

  it.each(['gradient ascent', 'rotated gradient'])('%s is never natural', async (name) => {
    const { certificates } = await train(named(name), { certified: true });
    expect(certificates.filter(({ alignment }) => alignment.state === 'holds')).toEqual([]);
    expect(certificates.filter(({ verdict }) => verdict === 'natural-gradient')).toEqual([]);
  });

  it('a random walk is aligned in half of its steps, and lowers no loss on average', async () => {
    let [aligned, decided, sum, square] = [0, 0, 0, 0];
    for (let own = 0; own < 6; own++) {
      const { certificates } = await train(named('random walk'), { own: seed + own, certified: true });
      for (const { alignment, lossBefore, lossAfter } of certificates) {
        if (alignment.state === 'holds') aligned++;
        if (alignment.state === 'holds' || alignment.state === 'fails') decided++;
        const decrease = (lossBefore as number) - (lossAfter as number);
        sum += decrease;
        square += decrease ** 2;
      }
    }
    const n = 6 * steps;
    expect(decided).toBeGreaterThan(0.97 * n);
    // Four standard deviations: false once in 16,000.
    expect(Math.abs(aligned - decided / 2), `seed ${seed}`).toBeLessThan(2 * Math.sqrt(decided));
    const mean = sum / n;
    expect(mean - 4 * Math.sqrt((square / n - mean ** 2) / n), `seed ${seed}`).toBeLessThan(0);
  });
});
