import * as tf from '@tensorflow/tfjs';

const { layers: l } = tf;
type Layers = tf.layers.Layer[];
type ActivationName = Exclude<Parameters<typeof l.activation>[0]['activation'], undefined>;

/** A small network: `layers`, a loss of tfjs-layers and what it is trained on. */
export interface NetworkCase {
  readonly layers: () => Layers;
  readonly loss?: string;
  /** The input takes whole numbers from 0 to this. */
  readonly indices?: number;
}

const activations: ActivationName[] = [
  ...(['elu', 'hardSigmoid', 'linear', 'relu', 'relu6', 'selu', 'sigmoid', 'softmax'] as const),
  ...(['softplus', 'softsign', 'tanh', 'swish', 'mish', 'gelu', 'gelu_new'] as const),
];
const losses = [
  ...[
    'meanSquaredError',
    'meanAbsoluteError',
    'meanAbsolutePercentageError',
    'meanSquaredLogarithmicError',
    'squaredHinge',
  ],
  ...['hinge', 'categoricalHinge', 'logcosh', 'categoricalCrossentropy', 'sparseCategoricalCrossentropy'],
  ...['binaryCrossentropy', 'kullbackLeiblerDivergence', 'poisson', 'cosineProximity'],
];

const dense = (...middle: Layers): Layers => [l.dense({ units: 5, inputShape: [4] }), ...middle, l.dense({ units: 3 })];
const picture = (...layers: Layers): Layers => [...layers, l.flatten(), l.dense({ units: 3, activation: 'softmax' })];
const sequence = (...layers: Layers): Layers => [...layers, l.dense({ units: 3 })];
const conv = (inputShape: number[]): tf.layers.Layer =>
  l.conv2d({ filters: 2, kernelSize: 2, activation: 'tanh', inputShape });
const conv1d = (): tf.layers.Layer => l.conv1d({ filters: 2, kernelSize: 2, activation: 'tanh', inputShape: [6, 2] });
const conv3d = (): tf.layers.Layer =>
  l.conv3d({ filters: 1, kernelSize: 2, activation: 'tanh', inputShape: [4, 4, 4, 1] });
const regularizer = tf.regularizers.l1l2({ l1: 0.01, l2: 0.02 });

/** Every layer, activation, loss and regularizer of tfjs-layers that can be trained, each in a network of some dozen weights. */
export const layerNetworks: Readonly<Record<string, NetworkCase>> = {
  ...Object.fromEntries(
    activations.map((activation) => [activation, { layers: () => dense(l.activation({ activation })) }]),
  ),
  ...Object.fromEntries(
    losses.map((loss) => [
      loss,
      {
        layers: () =>
          dense(l.activation({ activation: 'tanh' }), l.dense({ units: 3, activation: 'softmax' })).slice(0, 3),
        loss,
      },
    ]),
  ),
  leakyReLU: { layers: () => dense(l.leakyReLU({ alpha: 0.1 })) },
  prelu: { layers: () => dense(l.prelu({ alphaInitializer: tf.initializers.constant({ value: 0.2 }) })) },
  'elu layer, softmax layer': { layers: () => dense(l.elu({ alpha: 1 }), l.softmax({})) },
  'relu layer with a ceiling': { layers: () => dense(l.reLU({ maxValue: 1 })) },
  regularizers: {
    layers: () => [
      l.dense({
        units: 3,
        inputShape: [4],
        activation: 'tanh',
        kernelRegularizer: regularizer,
        biasRegularizer: tf.regularizers.l2(),
      }),
    ],
  },
  'batch normalization': { layers: () => dense(l.batchNormalization({}), l.activation({ activation: 'tanh' })) },
  'layer normalization': {
    layers: () => dense(l.layerNormalization({ axis: -1 }), l.activation({ activation: 'tanh' })),
  },
  conv1d: { layers: () => picture(conv1d()) },
  conv2d: { layers: () => picture(conv([5, 5, 1])) },
  'conv2d, strides, same': {
    layers: () =>
      picture(
        l.conv2d({ filters: 2, kernelSize: 3, strides: 2, padding: 'same', activation: 'elu', inputShape: [5, 5, 1] }),
      ),
  },
  'conv2d 1×1': {
    layers: () => picture(conv([4, 4, 1]), l.conv2d({ filters: 2, kernelSize: 1, activation: 'sigmoid' })),
  },
  'conv2d, channels first': {
    layers: () =>
      picture(
        l.conv2d({ filters: 2, kernelSize: 2, activation: 'tanh', dataFormat: 'channelsFirst', inputShape: [1, 4, 4] }),
      ),
  },
  'conv2d transposed': {
    layers: () =>
      picture(l.conv2dTranspose({ filters: 2, kernelSize: 2, strides: 2, activation: 'tanh', inputShape: [3, 3, 1] })),
  },
  conv3d: { layers: () => picture(conv3d()) },
  depthwise: {
    layers: () =>
      picture(l.depthwiseConv2d({ kernelSize: 2, depthMultiplier: 2, activation: 'tanh', inputShape: [4, 4, 2] })),
  },
  separable: {
    layers: () => picture(l.separableConv2d({ filters: 2, kernelSize: 2, activation: 'tanh', inputShape: [4, 4, 2] })),
  },
  'conv2d, relu, max pooling': {
    layers: () =>
      picture(
        l.conv2d({ filters: 2, kernelSize: 2, activation: 'relu', inputShape: [6, 6, 1] }),
        l.maxPooling2d({ poolSize: 2 }),
        l.conv2d({ filters: 2, kernelSize: 2, activation: 'relu' }),
      ),
  },
  'max pooling, overlapping, same': {
    layers: () =>
      picture(conv([6, 6, 1]), l.maxPooling2d({ poolSize: 3, strides: 2, padding: 'same' }), conv([3, 3, 2])),
  },
  'average pooling': { layers: () => picture(conv([5, 5, 1]), l.averagePooling2d({ poolSize: 2 }), conv([2, 2, 2])) },
  'max pooling 1d': {
    layers: () => picture(conv1d(), l.maxPooling1d({ poolSize: 2 }), l.activation({ activation: 'tanh' })),
  },
  'average pooling 1d': {
    layers: () => picture(conv1d(), l.averagePooling1d({ poolSize: 2 }), l.activation({ activation: 'tanh' })),
  },
  'max pooling 3d': {
    layers: () =>
      picture(
        conv3d(),
        l.maxPooling3d({ poolSize: 2, strides: 1, padding: 'same' }),
        l.activation({ activation: 'tanh' }),
      ),
  },
  'average pooling 3d': {
    layers: () =>
      picture(conv3d(), l.averagePooling3d({ poolSize: 2, strides: 1 }), l.activation({ activation: 'tanh' })),
  },
  'global max pooling': { layers: () => sequence(conv([5, 5, 1]), l.globalMaxPooling2d({})) },
  'global average pooling': { layers: () => sequence(conv([5, 5, 1]), l.globalAveragePooling2d({})) },
  'global pooling 1d': { layers: () => sequence(conv1d(), l.globalMaxPooling1d()) },
  'zero padding': {
    layers: () => picture(conv([4, 4, 1]), l.zeroPadding2d({ padding: 1 }), l.activation({ activation: 'tanh' })),
  },
  'conv2d, batch normalization, relu': { layers: () => picture(conv([5, 5, 1]), l.batchNormalization({}), l.reLU({})) },
  simpleRNN: { layers: () => sequence(l.simpleRNN({ units: 3, inputShape: [4, 2] })) },
  lstm: { layers: () => sequence(l.lstm({ units: 3, inputShape: [4, 2] })) },
  gru: { layers: () => sequence(l.gru({ units: 3, inputShape: [4, 2] })) },
  'gru, reset after': {
    layers: () => sequence(l.gru({ units: 3, inputShape: [3, 2], recurrentActivation: 'sigmoid' })),
  },
  'bidirectional lstm, time distributed': {
    layers: () => [
      l.bidirectional({
        layer: l.lstm({ units: 2, returnSequences: true }),
        mergeMode: 'concat',
        inputShape: [3, 2],
      }),
      l.timeDistributed({ layer: l.dense({ units: 2, activation: 'tanh' }) }),
      l.flatten(),
      l.dense({ units: 3 }),
    ],
  },
  'convolutional lstm': {
    layers: () => [
      l.convLstm2d({ filters: 1, kernelSize: 2, inputShape: [2, 3, 3, 1] }),
      l.flatten(),
      l.dense({ units: 3 }),
    ],
  },
  embedding: {
    layers: () =>
      picture(l.embedding({ inputDim: 4, outputDim: 2, inputLength: 3 }), l.activation({ activation: 'tanh' })),
    indices: 4,
  },
};

/** A network built, its weights moved from where they start, and its loss on a batch. */
export interface BuiltNetwork {
  readonly loss: () => tf.Scalar;
  readonly variables: tf.Variable[];
  readonly dispose: () => void;
}

interface Losses {
  lossFunctions: ((truth: tf.Tensor, prediction: tf.Tensor) => tf.Tensor)[];
}

const labels = ['categoricalCrossentropy', 'categoricalHinge', 'kullbackLeiblerDivergence', 'binaryCrossentropy'];

export function build(
  { layers, loss: name = 'meanSquaredError', indices }: NetworkCase,
  seed: number,
  rows = 5,
): BuiltNetwork {
  const model = tf.sequential({ layers: layers() });
  model.compile({ loss: name, optimizer: 'sgd' });
  const outputs = Number(model.outputs[0]?.shape.at(-1));
  const shape = [rows, ...(model.inputs[0]?.shape.slice(1) as number[])];
  const [x, y] = tf.tidy((): [tf.Tensor, tf.Tensor] => {
    const input = indices
      ? tf.floor(tf.randomUniform(shape, 0, indices, 'float32', seed))
      : tf.randomNormal(shape, 0, 1, 'float32', seed);
    const classes = Array.from({ length: rows }, (_, i) => (i + seed) % outputs);
    if (name.startsWith('sparse')) return [input, tf.tensor2d(classes, [rows, 1])];
    if (labels.includes(name)) return [input, tf.cast(tf.oneHot(classes, outputs), 'float32')];
    return [input, tf.randomUniform([rows, outputs], 0.2, 2, 'float32', seed + 1)];
  });
  const variables = model.trainableWeights.map((weight) => weight.read() as tf.Variable);
  tf.tidy(() => {
    variables.forEach((variable, i) => {
      variable.assign(tf.add(variable, tf.randomNormal(variable.shape, 0, 0.3, 'float32', seed + 10 + i)));
    });
  });
  const compiled = (Reflect.get(model, 'model') ?? model) as Losses;
  const loss = (): tf.Scalar =>
    tf.tidy(() => {
      const prediction = model.apply(x, { training: true }) as tf.Tensor;
      const data = tf.mean(compiled.lossFunctions[0]?.(y, prediction) as tf.Tensor);
      return model.calculateLosses().reduce((sum, penalty) => tf.add(sum, penalty), data as tf.Scalar);
    });
  return {
    loss,
    variables,
    dispose() {
      tf.dispose([x, y]);
      model.dispose();
    },
  };
}
