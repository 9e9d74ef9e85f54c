import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, it } from 'vitest';
import { expectGrams } from '../oracles/expectGrams.js';
import { type GramCase, gramCases, measureCase } from '../oracles/gramCases.js';
import { anySeed } from '../oracles/seed.js';

// The programs of webgl and webgpu are held against the same cases in Chromium.
describe('Grams by TensorFlow’s operations, against float64', () => {
  beforeAll(() => tf.setBackend('cpu'));
  const cases = gramCases(anySeed());

  it.each(Object.keys(cases))('%s', async (name) => {
    expectGrams(name, cases[name] as GramCase, await measureCase(cases[name] as GramCase, false));
  });
});
