import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { EigenvalueDecomposition, Matrix } from 'ml-matrix';
import { describe, expect, it } from 'vitest';
import { hessianVectorProduct } from '../../callbacks/hessianVectorProduct.js';
import { flatten, hessianAt, productAt } from '../oracles/float64Networks.js';
import { build, layerNetworks, type NetworkCase } from './hessian/layerNetworks.js';
import { guardAgainstLeaks } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';

const length = (vector: readonly number[]): number => Math.hypot(...vector);
const distance = (u: readonly number[], v: readonly number[]): number =>
  length(u.map((value, i) => value - (v[i] as number)));
const network = (name: string): NetworkCase => layerNetworks[name] ?? expect.fail(name);
guardAgainstLeaks();

/** `x` and the loss of it, and what becomes of one product. */
async function ofFunction(f: (x: tf.Tensor1D) => tf.Tensor, at: number[], along: number[]) {
  const x = tf.tidy(() => tf.variable(tf.tensor1d(at)));
  const v = tf.tensor1d(along);
  const theta = x.dataSync().slice();
  const result = await hessianVectorProduct(() => tf.tidy(() => tf.sum(f(x as tf.Tensor1D)).asScalar()), [x], [v]);
  const product = result.product && flatten(result.product);
  tf.dispose(result.product ?? []);
  expect(x.dataSync()).toEqual(theta);
  tf.dispose([x, v]);
  return { ...result, product };
}

describe('against dense float64 Hessians', () => {
  const names = [
    'tanh',
    'sigmoid',
    'softmax',
    'relu',
    'elu',
    'batch normalization',
    'conv2d',
    'conv2d, relu, max pooling',
    'lstm',
    'gru',
    'categoricalCrossentropy',
    'binaryCrossentropy',
  ];
  for (const name of names)
    it(`states a bound that holds: ${name}`, async () => {
      const seed = anySeed();
      const { loss, variables, dispose } = build(network(name), seed, 1 + (seed % 6));
      const hessian = new Matrix(hessianAt(loss, variables));
      const { eigenvectorMatrix } = new EigenvalueDecomposition(hessian, { assumeSymmetric: true });
      const size = hessian.rows;
      const directions = [0, 1, Math.floor(size / 2), size - 2, size - 1].map((i) => eigenvectorMatrix.getColumn(i));
      directions.push(Array.from({ length: size }, (_, i) => Math.sin(seed + i * i)));
      for (const direction of directions) {
        let offset = 0;
        const vectors = variables.map((variable) => {
          offset += variable.size;
          return tf.tensor(direction.slice(offset - variable.size, offset), variable.shape);
        });
        const { product, error, method, reason } = await hessianVectorProduct(loss, variables, vectors);
        expect(method, `seed ${seed}: ${reason}`).toBe('exact');
        const want = hessian.mmul(Matrix.columnVector(flatten(vectors))).to1DArray();
        expect(distance(flatten(product ?? []), want), `seed ${seed}`).toBeLessThanOrEqual(error as number);
        expect(error).toBeLessThan(1e-3 * (1 + Math.abs(hessian.max()) * size));
        tf.dispose([vectors, product ?? []]);
      }
      dispose();
    });

  it('on wasm too', async () => {
    const seed = anySeed();
    const { loss, variables, dispose } = build(network('tanh'), seed);
    const vectors = variables.map((variable, i) => tf.randomNormal(variable.shape, 0, 1, 'float32', seed + i));
    const want = productAt(loss, variables, flatten(vectors));
    await tf.setBackend('wasm');
    const { product, error, method, reason } = await hessianVectorProduct(loss, variables, vectors);
    expect(method, reason).toBe('exact');
    expect(distance(flatten(product ?? []), want), `seed ${seed}`).toBeLessThanOrEqual(error as number);
    tf.dispose([vectors, product ?? []]);
    dispose();
    await tf.setBackend('cpu');
  });

  it('names the kernel that a backend lacks', async () => {
    const { loss, variables, dispose } = build(network('conv2d'), 1);
    const vectors = variables.map((variable) => tf.ones(variable.shape));
    await tf.setBackend('wasm');
    const result = await hessianVectorProduct(loss, variables, vectors);
    expect(result).toMatchObject({ product: null, error: null, method: 'none' });
    expect(result.reason).toContain('Conv2DBackpropFilter');
    tf.dispose(vectors);
    dispose();
    await tf.setBackend('cpu');
  });
});

describe('losses that no layer made', () => {
  it('Rosenbrock', async () => {
    const rosenbrock = (x: tf.Tensor1D): tf.Tensor => {
      const [a, b] = tf.split(x, 2) as [tf.Tensor, tf.Tensor];
      return tf.add(tf.square(tf.sub(1, a)), tf.mul(100, tf.square(tf.sub(b, tf.square(a)))));
    };
    const [a, b] = [-0.7, 1.3].map(Math.fround) as [number, number];
    const { product, error, method } = await ofFunction(rosenbrock, [a, b], [1, -2]);
    expect(method).toBe('exact');
    const want = [2 - 400 * b + 1200 * a * a + 800 * a, -400 * a - 400];
    expect(distance(product as number[], want)).toBeLessThanOrEqual(error as number);
    expect(error).toBeLessThan(0.1);
  });

  it('a linear loss has a Hessian of zero, a constant one too', async () => {
    expect(await ofFunction((x) => tf.mul(x, 3), [1, 2], [1, 1])).toMatchObject({ product: [0, 0], method: 'exact' });
    expect(await ofFunction(() => tf.scalar(2), [1, 2], [1, 1])).toMatchObject({ product: [0, 0], method: 'exact' });
    expect(await ofFunction(tf.square, [1, 2], [0, 0])).toMatchObject({ product: [0, 0], error: 0 });
  });

  it('a loss or a gradient that is not finite, and a vector that is not', async () => {
    expect(await ofFunction(tf.log, [-1, 2], [1, 1])).toMatchObject({
      product: null,
      error: null,
      reason: 'the loss is NaN',
    });
    expect(await ofFunction((x) => tf.div(1, x), [0, 2], [1, 1])).toMatchObject({
      product: null,
      reason: 'the loss is Infinity',
    });
    expect(await ofFunction(tf.sqrt, [0, 2], [1, 1])).toMatchObject({
      product: null,
      reason: 'the gradient is not finite',
    });
    expect(await ofFunction(tf.square, [1], [Infinity])).toMatchObject({
      product: null,
      reason: 'the vector is not finite',
    });
  });

  it('long and short vectors', async () => {
    for (const scale of [1e-30, 1e30]) {
      const { product, error } = await ofFunction((x) => tf.pow(x, 4), [0.5, 1], [scale, 0]);
      expect((product as number[])[0] as number).toBeCloseTo(3 * Math.fround(scale), scale < 1 ? 35 : -25);
      expect(error as number).toBeLessThan(1e-3 * scale);
    }
  });

  it('a loss that is another each time', async () => {
    let calls = 0;
    const { method, reason } = await ofFunction((x) => tf.mul(tf.square(x), ++calls), [1, 2], [1, 1]);
    expect(method).toBe('none');
    expect(reason).toContain('not the same twice');
  });
});

describe('what is not known or not right', () => {
  const cumprod = (x: tf.Tensor): tf.Tensor =>
    tf.customGrad((...given) => {
      const [a, save] = given as [tf.Tensor, tf.GradSaveFunc];
      save([a]);
      // The product of all, as a kernel whose derivative no rule knows; its gradient leaves one out each time.
      const value = tf.slice(tf.cumprod(a, 0), a.size - 1, 1).asScalar();
      const gradFunc = (dy: tf.Tensor, [b]: tf.Tensor[]): tf.Tensor => {
        const before = tf.cumprod(b as tf.Tensor, 0, true);
        return tf.mul(dy, tf.mul(before, tf.cumprod(b as tf.Tensor, 0, true, true)));
      };
      return { value, gradFunc };
    })(x);

  it('differences where a kernel is unknown and the loss smooth', async () => {
    const { product, error, method, reason } = await ofFunction(cumprod, [1.5, -2, 0.5], [1, 1, 1]);
    expect(method).toBe('differences');
    expect(reason).toContain('Cumprod');
    const want = [-2 + 0.5, 1.5 + 0.5, 1.5 - 2];
    expect(distance(product as number[], want)).toBeLessThanOrEqual(error as number);
    expect(error).toBeLessThan(0.02);
  });

  it('nothing where a kernel is unknown and a kink lies near', async () => {
    const { method, reason } = await ofFunction(
      (x) => tf.add(cumprod(x), tf.sum(tf.relu(tf.sub(x, 1.0001)))),
      [1, 1, 1],
      [1, 1, 1],
    );
    expect(method).toBe('none');
    expect(reason).toContain('Cumprod');
    expect(reason).toContain('kink');
  });

  it('nothing where the gradient of tfjs is not that of the loss', async () => {
    const { method, reason } = await ofFunction(
      (x) => tf.square(tf.mirrorPad(tf.square(x), [[2, 2]], 'reflect')),
      [1, 2, 3],
      [1, 0.5, 2],
    );
    expect(method).toBe('none');
    expect(reason).toContain('not the slope of the loss');
  });

  it('nothing where one backend has a gradient that is wrong, though another has not', async () => {
    const seed = anySeed();
    const w = tf.tidy(() => tf.variable(tf.randomNormal<tf.Rank.R2>([4, 16], 0, 1, 'float32', seed)));
    const [x, v] = [
      tf.randomNormal<tf.Rank.R2>([6, 4], 0, 1, 'float32', seed + 1),
      tf.randomNormal([4, 16], 0, 1, 'float32', seed + 2),
    ];
    // Every window's maximum is below 0.
    const loss = (): tf.Scalar =>
      tf.tidy(() => {
        const image = tf.reshape<tf.Rank.R4>(tf.sub(tf.tanh(tf.matMul(x, w as tf.Tensor2D)), 5), [6, 4, 4, 1]);
        return tf.mean(tf.square(tf.square(tf.maxPool(image, 2, 2, 'valid')))).asScalar();
      });
    const onCpu = await hessianVectorProduct(loss, [w], [v]);
    expect(onCpu.method, onCpu.reason).toBe('exact');
    await tf.setBackend('wasm');
    const onWasm = await hessianVectorProduct(loss, [w], [v]);
    expect(onWasm).toMatchObject({ method: 'none', product: null });
    expect(onWasm.reason).toContain('not the slope of the loss');
    tf.dispose([x, v, onCpu.product ?? []]);
    w.dispose();
    await tf.setBackend('cpu');
  });

  it('the exact product on a trained ReLU and max-pool network, where differences fail', async () => {
    const seed = anySeed();
    const { loss, variables, dispose } = build(
      { ...network('conv2d, relu, max pooling'), loss: 'categoricalCrossentropy' },
      seed,
      24,
    );
    const optimizer = tf.train.adam(0.02);
    for (let i = 0; i < 150; i++) optimizer.minimize(loss, false, variables);
    optimizer.dispose();
    const vectors = variables.map((variable, i) => tf.randomNormal(variable.shape, 0, 1, 'float32', seed + i));
    const { product, error, method } = await hessianVectorProduct(loss, variables, vectors);
    if (method !== 'none') {
      expect(method).toBe('exact');
      expect(
        distance(flatten(product ?? []), productAt(loss, variables, flatten(vectors), 1e-7)),
        `seed ${seed}`,
      ).toBeLessThanOrEqual(error as number);
    }
    tf.dispose([vectors, product ?? []]);
    dispose();
  });
});

describe('leaves everything as it was', () => {
  it('the gradients that are registered, the user’s among them', async () => {
    const own = tf.getGradient('Tanh');
    let calls = 0;
    const users: tf.GradConfig = {
      kernelName: 'Tanh',
      outputsToSave: [true],
      gradFunc: (dy, [y]) => {
        calls++;
        return { x: () => tf.mul(dy as tf.Tensor, tf.sub(1, tf.square(y as tf.Tensor))) };
      },
    };
    tf.unregisterGradient('Tanh');
    tf.registerGradient(users);
    try {
      const { product, method } = await ofFunction(tf.tanh, [0.5], [1]);
      const y = Math.tanh(0.5);
      expect(method).toBe('exact');
      expect((product as number[])[0]).toBeCloseTo(-2 * y * (1 - y * y), 5);
      expect(calls).toBeGreaterThan(0);
      expect(tf.getGradient('Tanh')).toBe(users);
    } finally {
      tf.unregisterGradient('Tanh');
      tf.registerGradient(own);
    }
  });

  it('the engine, also when the loss throws in the middle of a custom gradient', async () => {
    const engine = tf.engine();
    const names = (): string[] => Object.getOwnPropertyNames(engine);
    const mine = names();
    const kernels = tf.getKernelsForBackend('cpu').length;
    const failing = (when: 'forward' | 'backward') => (x: tf.Tensor1D) => {
      const op = tf.customGrad((...given) => {
        const [a, save] = given as [tf.Tensor, tf.GradSaveFunc];
        save([a, tf.square(a)]);
        if (when === 'forward') throw new Error('forward is broken');
        const gradFunc = (): tf.Tensor => {
          throw new Error('backward is broken');
        };
        return { value: tf.exp(tf.tanh(a)), gradFunc };
      });
      return tf.add(tf.square(tf.tanh(x)), op(tf.sigmoid(x)));
    };
    for (const when of ['forward', 'backward'] as const) {
      const result = await ofFunction(failing(when), [1, 2], [1, 1]);
      expect(result).toMatchObject({ product: null, error: null, method: 'none' });
      expect(result.reason).toContain(`${when} is broken`);
    }
    expect(names()).toEqual(mine);
    expect(tf.getKernelsForBackend('cpu').length).toBe(kernels);
    expect(engine.state.gradientDepth).toBe(0);
    expect(engine.state.kernelDepth).toBe(0);
    const gradient = tf.tidy(
      () =>
        tf
          .grad((x) => tf.tanh(x))(tf.scalar(0))
          .dataSync()[0],
    );
    expect(gradient).toBe(1);
  });

  it('Math.random and the data of the variables', async () => {
    const random = Math.random;
    Math.random = () => expect.fail('Math.random was called');
    const x = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
    const v = tf.tensor1d([1, 0]);
    const { dataId } = x;
    try {
      const { product } = await hessianVectorProduct(() => tf.sum(tf.square(tf.tanh(x))).asScalar(), [x], [v]);
      tf.dispose(product ?? []);
    } finally {
      Math.random = random;
    }
    expect(x.dataId).toBe(dataId);
    tf.dispose([x, v]);
  });
});

describe('misuse is named', () => {
  it('loss, variables, vectors', async () => {
    const x = tf.tidy(() => tf.variable(tf.tensor1d([1, 2])));
    const v = tf.tensor1d([1, 2, 3]);
    const loss = (): tf.Scalar => tf.sum(x).asScalar();
    await expect(hessianVectorProduct(3 as never, [x], [v])).rejects.toThrow('hessianVectorProduct: expected `loss`');
    await expect(hessianVectorProduct(loss, [], [])).rejects.toThrow('expected `variables`');
    await expect(hessianVectorProduct(loss, [v as never], [v])).rejects.toThrow('expected `variables`');
    await expect(hessianVectorProduct(loss, [x, x], [v, v])).rejects.toThrow('twice');
    await expect(hessianVectorProduct(loss, [x], [v])).rejects.toThrow('expected `vectors`');
    await expect(hessianVectorProduct(loss, [x], [])).rejects.toThrow('expected `vectors`');
    await expect(hessianVectorProduct(() => x as never, [x], [x])).rejects.toThrow('to return a scalar');
    tf.dispose([x, v]);
  });
});
