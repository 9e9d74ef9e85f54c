// The problems of Cockpit's benchmark (Schneider, Dangel, Hennig 2021): SGD 1e-3, batches of 128, as networks of TensorFlow.js; and one
// network more, also with Adam, whose updates no scalar metric explains.
import * as tf from '@tensorflow/tfjs';

const batch = 128;
const { dense } = tf.layers;
export const sgd = () => tf.train.sgd(1e-3);

function network(name, shape, layers, optimizer = sgd) {
  return {
    name,
    optimizer,
    make() {
      const model = tf.sequential({ layers: layers() });
      const xs = tf.randomUniform([batch, ...shape], 0, 1, 'float32', 1);
      const ys = tf.tensor2d(
        Array.from({ length: batch }, (_, i) =>
          Array.from({ length: 10 }, (_, label) => Number(label === (i * 7) % 10)),
        ),
      );
      return {
        parameters: model.countParams(),
        train(optimizer) {
          model.compile({ optimizer, loss: 'categoricalCrossentropy' });
          return () => model.trainOnBatch(xs, ys);
        },
        gradient: () =>
          tf.tidy(() => {
            tf.variableGrads(() => tf.metrics.categoricalCrossentropy(ys, model.apply(xs, { training: true })).mean());
          }),
        dispose() {
          model.dispose();
          tf.dispose([xs, ys]);
        },
      };
    },
  };
}

const mlp = (...sizes) =>
  sizes.slice(1).map((units, i) =>
    dense({
      units,
      activation: i + 2 < sizes.length ? 'relu' : 'softmax',
      ...(i === 0 ? { inputShape: [sizes[0]] } : {}),
    }),
  );

const quadratic = {
  name: 'quadratic 100',
  optimizer: sgd,
  make() {
    const size = 100;
    const scales = tf.tensor1d(Array.from({ length: size }, (_, i) => (i < 90 ? (i + 1) / 90 : 30 + 3 * i)));
    const centres = tf.randomNormal([batch, size], 0, 1, 'float32', 2);
    const theta = tf.variable(tf.ones([size]));
    const loss = () => tf.tidy(() => theta.sub(centres).square().mul(scales).sum(1).mean().mul(0.5));
    return {
      parameters: size,
      train: (optimizer) => async () => {
        if (!isOnDevice()) return void optimizer.minimize(loss, false, [theta]);
        // What a loop of one's own waits for, as `trainOnBatch` does.
        const value = optimizer.minimize(loss, true, [theta]);
        await value.data();
        value.dispose();
      },
      gradient: () =>
        tf.tidy(() => {
          tf.variableGrads(loss, [theta]);
        }),
      dispose: () => tf.dispose([scales, centres, theta]),
    };
  },
};

export const problems = [
  network('logreg 784-10', [784], () => mlp(784, 10)),
  network('784-256-10', [784], () => mlp(784, 256, 10)),
  network(
    '784-256-10, Adam',
    [784],
    () => mlp(784, 256, 10),
    () => tf.train.adam(1e-3),
  ),
  network('mlp 784-1000-500-100-10', [784], () => mlp(784, 1000, 500, 100, 10)),
  network('2c2d', [28, 28, 1], () => [
    tf.layers.conv2d({ filters: 8, kernelSize: 5, padding: 'same', activation: 'relu', inputShape: [28, 28, 1] }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.conv2d({ filters: 16, kernelSize: 5, padding: 'same', activation: 'relu' }),
    tf.layers.maxPooling2d({ poolSize: 2 }),
    tf.layers.flatten(),
    dense({ units: 256, activation: 'relu' }),
    dense({ units: 10, activation: 'softmax' }),
  ]),
  quadratic,
];

/** Cockpit's published ratios on a CPU at every 1, 16, 64 steps: PyTorch, per-sample gradients and curvature included. */
export const cockpit = {
  'logreg 784-10': { economy: [1.72, 1.06, 1.02], full: [4.6, 1.23, 1.05] },
  'mlp 784-1000-500-100-10': { economy: [63, 5.2, 2.1], full: [260, 17, 5.1] },
  '2c2d': { economy: [35, 3.3, 1.6], full: [269, 18, 5.1] },
  'quadratic 100': { economy: [2.46, 1.14, 1.05], full: [11.6, 1.76, 1.22] },
};

const libraries = {
  node: ['@tensorflow/tfjs-node'],
  wasm: ['@tensorflow/tfjs-backend-wasm', 'steepest/wasm-gradients'],
};

/** Backends that only a page has: their tensors are on a graphics device. */
export const inPage = ['webgl', 'webgpu'];
export const isOnDevice = () => inPage.includes(tf.getBackend());

/** Makes a backend the one in use, with what wasm lacks for convolutions. `false`: it is not here. */
export async function useBackend(name) {
  try {
    // By name alone: a page has none of these and needs none.
    for (const library of libraries[name] ?? []) await import(/* @vite-ignore */ library);
  } catch {
    return false;
  }
  if (!(await tf.setBackend(name === 'node' ? 'tensorflow' : name))) return false;
  await tf.ready();
  return true;
}
