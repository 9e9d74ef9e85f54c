import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '../../callbacks/wasmGradients.js';
import { describe, expect, it } from 'vitest';
import type { MonitorOptions } from '../../src/index.js';
import { differences, type Outcome, problems, train } from './contract.js';
import { nodeMissing, skipNode } from './nodeBackend.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();
const full: MonitorOptions = { preset: 'full', stepSize: 'never' };

async function run(backend: string, name: string, watching: MonitorOptions | null, from = seed): Promise<Outcome> {
  expect(await tf.setBackend(backend), `${backend} is here`).toBe(true);
  return train(name, from, watching);
}

describe.each([
  ['wasm', '', false],
  ['tensorflow', nodeMissing === null ? '' : ` (${nodeMissing})`, skipNode],
] as const)('on %s%s', (backend, _, skip) => {
  describe.skipIf(skip)('the same as on cpu', () => {
    it.each(Object.keys(problems))('%s', async (name) => {
      const reference = await run('cpu', name, full);
      const alone = await run(backend, name, null);
      const watched = await run(backend, name, full);
      const told = `seed ${seed}`;
      expect(reference.certificates.length, told).toBe(3 * (problems[name]?.epochs ?? 4));
      expect(differences(watched, reference).slice(0, 8), told).toEqual([]);
      // And nothing notices the watch.
      const { certificates, ...rest } = watched;
      expect(rest, told).toEqual({ ...alone, certificates: undefined });
      expect(
        certificates.some(({ alignment }) => alignment.state === 'holds'),
        told,
      ).toBe(true);
      // tfjs' momentum keeps one scalar of its own.
      const kept = name.includes('momentum') ? 1 : 0;
      expect(watched.leaked, told).toEqual({ tensors: kept, buffers: kept });
    });

    // Three runs in four do.
    it('momentum that overshoots, of four seeds', async () => {
      const name = 'wide mlp, momentum';
      let overshoots = 0;
      for (let i = 0; i < 4; i++) {
        const { certificates } = await run(backend, name, full, seed + i);
        overshoots += certificates.filter(({ verdict }) => verdict === 'overshoot').length;
      }
      expect(overshoots, `seeds ${seed} to ${seed + 3}`).toBeGreaterThan(0);
    });
  });
});
