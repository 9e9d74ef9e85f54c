import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import '../../callbacks/wasmGradients.js';
import { describe, expect, it } from 'vitest';
import type { MonitorOptions } from '../../src/index.js';
import { differences, type Outcome, problems, train } from './contract.js';
import { nodeMissing, skipNode } from './nodeBackend.js';

const seed = 1 + Math.floor(Math.random() * 1e6);
const full: MonitorOptions = { preset: 'full', stepSize: 'never' };

async function run(backend: string, name: string, watching: MonitorOptions | null): Promise<Outcome> {
  expect(await tf.setBackend(backend), `${backend} is here`).toBe(true);
  return train(name, seed, watching);
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
      expect(reference.certificates.length, told).toBe(12);
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
      if (name.includes('overshoots'))
        expect(
          certificates.map(({ verdict }) => verdict),
          told,
        ).toContain('overshoot');
    });
  });
});
