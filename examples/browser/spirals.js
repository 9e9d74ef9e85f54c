import * as tf from '@tensorflow/tfjs';

/** Two interlocked spirals, and which of them each point is on. */
export function spirals(count = 512) {
  const points = Array.from({ length: count }, (_, i) => {
    const way = i % 2;
    const along = Math.sqrt((i + 1) / count);
    const turn = 5 * along + way * Math.PI;
    return [along * Math.cos(turn), along * Math.sin(turn), way];
  });
  return {
    xs: tf.tensor2d(points.map(([x, y]) => [3 * x, 3 * y])),
    ys: tf.tensor2d(points.map(([, , way]) => [way])),
  };
}

export function spiralModel(optimizer) {
  const dense = (units, activation, seed, more = {}) =>
    tf.layers.dense({ units, activation, kernelInitializer: tf.initializers.glorotNormal({ seed }), ...more });
  const model = tf.sequential({
    layers: [dense(24, 'tanh', 1, { inputShape: [2] }), dense(24, 'tanh', 2), dense(1, 'sigmoid', 3)],
  });
  model.compile({ optimizer, loss: 'binaryCrossentropy', metrics: ['accuracy'] });
  return model;
}
