import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { describe, expect, it } from 'vitest';
import { probeGenerator } from '../../callbacks/randomLine.js';
import { roundedOtherwise } from '../../callbacks/roundedOtherwise.js';
import { nodeMissing, skipNode } from '../backends/nodeBackend.js';
import { guardAgainstLeaks } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();

describe.each([
  ['cpu', '', false],
  ['wasm', '', false],
  ['tensorflow', nodeMissing === null ? '' : ` (${nodeMissing})`, skipNode],
] as const)('on %s%s', (backend, _, skip) => {
  describe.skipIf(skip)('random rounding', () => {
    guardAgainstLeaks(backend);

    const numbers = (body: () => tf.Tensor): Float32Array => tf.tidy(() => body().dataSync().slice() as Float32Array);
    const rounded = (from: number, body: () => tf.Tensor): Float32Array =>
      numbers(() => roundedOtherwise(probeGenerator(from), body));
    const xs = (): tf.Tensor1D => tf.randomNormal([300], 0, 1, 'float32', seed);

    it('moves what a kernel computes by a place or two, up and down, and what it only moves not at all', () => {
      const exact = numbers(() => xs().exp());
      const ratios = rounded(seed, () => xs().exp()).map((value, i) => value / (exact[i] as number) - 1);
      expect(Math.max(...ratios.map(Math.abs))).toBeLessThan(2 ** -21);
      expect(ratios.filter((ratio) => ratio > 0).length).toBeGreaterThan(60);
      expect(ratios.filter((ratio) => ratio < 0).length).toBeGreaterThan(60);
      const moved = (): tf.Tensor => xs().reshape([30, 10]).transpose().relu().slice([2, 3], [5, 20]);
      expect(rounded(seed, moved)).toEqual(numbers(moved));
    });

    it('is another with every generator, and the same with the same', () => {
      const body = (): tf.Tensor => xs().mul(3).tanh().sum();
      expect(rounded(seed, body)).toEqual(rounded(seed, body));
      const sums = [1, 2, 3, 4, 5].map((i) => rounded(seed + i, body)[0]);
      expect(new Set(sums).size).toBeGreaterThan(1);
    });

    it('shows how little is left of a derivative where an output lies next to 1', () => {
      // 1 − σ(16) is 1.1e-7, two places of float32.
      const slope = (body: (f: () => Float32Array) => Float32Array): number =>
        body(() => numbers(() => tf.grad((z) => tf.sigmoid(z).sum())(tf.scalar(16))))[0] as number;
      const here = slope((f) => f());
      const others = [1, 2, 3, 4, 5, 6].map((i) => slope((f) => roundedOtherwise(probeGenerator(seed + i), f)));
      expect(Math.max(...others.map((other) => Math.abs(other / here - 1)))).toBeGreaterThan(0.3);
    });

    it('shows what terms that cancel leave of a loss', () => {
      const loss = (): tf.Tensor => tf.sub(xs().add(1000).square().sum(), xs().add(997).square().sum());
      const [here] = numbers(loss);
      const others = [1, 2, 3].map((i) => rounded(seed + i, loss)[0] as number);
      // 300 terms of a million each, and float32 has seven digits.
      expect(Math.max(...others.map((other) => Math.abs(other - (here as number))))).toBeGreaterThan(10);
    });

    it('leaves the engine as it was, also where something throws', () => {
      const engine = tf.engine();
      const methods = (): unknown[] =>
        ['runKernel', 'makeTensorFromTensorInfo'].map((key) => Reflect.get(engine, key) as unknown);
      const before = methods();
      expect(() =>
        tf.tidy(() =>
          roundedOtherwise(probeGenerator(seed), () => {
            xs().exp();
            throw new Error('no');
          }),
        ),
      ).toThrow('no');
      methods().forEach((method, i) => {
        expect(method).toBe(before[i]);
      });
      expect(numbers(() => xs().exp())).toEqual(numbers(() => xs().exp()));
    });

    it('lets go of what kernels computed, and of nothing that is somebody else’s', () => {
      // A kernel of somebody’s own that hands on what it is given.
      const kernelName = 'SteepestTestHandsOn';
      tf.registerKernel({
        kernelName,
        backendName: backend,
        kernelFunc: ({ inputs, backend: here }) => {
          const { dataId, shape, dtype } = inputs['x'] as tf.TensorInfo;
          (here as tf.KernelBackend).incRef(dataId);
          return { dataId, shape, dtype };
        },
      });
      const before = tf.backend().numDataIds();
      const given = xs();
      const handedOn = (): tf.Tensor => tf.engine().runKernel<tf.Tensor>(kernelName, { x: given });
      expect(rounded(seed, () => tf.tanh(handedOn()))).not.toEqual(numbers(() => tf.tanh(given)));
      expect(rounded(seed, handedOn)).toEqual(given.dataSync());
      given.dispose();
      tf.unregisterKernel(kernelName, backend);
      expect(tf.backend().numDataIds()).toBe(before);
    });

    it('larger tensors than it has random factors for', () => {
      const ones = (): tf.Tensor => tf.ones([300_000]).add(1);
      const values = rounded(seed, ones);
      expect(values).toHaveLength(300_000);
      const up = values.filter((value) => value > 2).length / values.length;
      const down = values.filter((value) => value < 2).length / values.length;
      // One choice in three goes up.
      expect(up).toBeGreaterThan(0.3);
      expect(down).toBeGreaterThan(0.6);
    });
  });
});
