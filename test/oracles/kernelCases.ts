import * as tf from '@tensorflow/tfjs';

/** Numbers that a function is differentiated at. */
export interface Point {
  readonly shape: number[];
  readonly values: number[];
}

/** A function of tensors through a kernel of TensorFlow.js. */
export interface KernelCase {
  readonly at: readonly Point[];
  readonly of: (...tensors: never[]) => tf.Tensor;
}

/** Every kernel that TensorFlow.js differentiates, in the ways that it may be asked; by name. */
export function kernelCases(seed: number): Record<string, KernelCase> {
  let salt = seed;
  const drawn = (draw: (shape: number[]) => tf.Tensor, shape: number[]): Point => {
    const tensor = draw(shape);
    const values = [...tensor.dataSync()];
    tensor.dispose();
    return { shape, values };
  };
  const N = (...shape: number[]): Point => drawn((s) => tf.randomNormal(s, 0, 1, 'float32', salt++), shape);
  /** Above 0. */
  const P = (...shape: number[]): Point => drawn((s) => tf.randomUniform(s, 0.3, 1.3, 'float32', salt++), shape);
  /** Below 1, too. */
  const U = (...shape: number[]): Point => drawn((s) => tf.randomUniform(s, 0.1, 0.9, 'float32', salt++), shape);
  /** Below 0. */
  const B = (...shape: number[]): Point => drawn((s) => tf.randomUniform(s, -0.9, -0.1, 'float32', salt++), shape);
  const cases: Record<string, KernelCase> = {};
  const add = <T extends tf.Tensor[]>(name: string, at: readonly Point[], of: (...given: T) => tf.Tensor): void => {
    cases[name] = { at, of: of as unknown as KernelCase['of'] };
  };

  const unary = {
    ...{ abs: N, asinh: N, atan: N, cos: N, cosh: N, elu: N, erf: N, exp: N, expm1: N, neg: N, relu: N, relu6: N },
    ...{ selu: N, sigmoid: N, sin: N, sinh: N, softplus: N, square: N, tanh: N, softmax: N, logSoftmax: N, sign: N },
    ...{ step: N, floor: N, ceil: N, round: N, logSigmoid: N, leakyRelu: N, transpose: N, reverse: N },
    ...{ acos: U, asin: U, atanh: U, tan: U, log: P, log1p: P, reciprocal: P, rsqrt: P, sqrt: P },
  };
  for (const [name, draw] of Object.entries(unary))
    add(name, [draw(3, 4)], (x: tf.Tensor2D) => (tf[name as 'abs'] as (x: tf.Tensor) => tf.Tensor)(x));
  add('prelu', [N(2, 3, 4), P(3, 4)], (x: tf.Tensor, alpha: tf.Tensor) => tf.prelu(x, alpha));
  add('clipByValue', [N(3, 4)], (x: tf.Tensor) => tf.clipByValue(x, -0.5, 0.7));

  const binary = {
    ...{ add: N, sub: N, mul: N, div: P, pow: P, maximum: N, minimum: N, squaredDifference: N, atan2: N },
    ...{ mod: P, floorDiv: P },
  };
  for (const [name, draw] of Object.entries(binary))
    for (const [first, second] of [
      [
        [3, 4],
        [3, 4],
      ],
      [[3, 4], [4]],
      [
        [1, 4],
        [3, 1],
      ],
      [[], [3, 2]],
    ] as const)
      add(
        `${name} [${first.join()}] [${second.join()}]`,
        [draw(...first), draw(...second)],
        (a: tf.Tensor, b: tf.Tensor) => (tf[name as 'add'] as (a: tf.Tensor, b: tf.Tensor) => tf.Tensor)(a, b),
      );

  for (const [ta, tb] of [
    [false, false],
    [true, false],
    [false, true],
    [true, true],
  ] as const)
    add(
      `matMul ${ta} ${tb}`,
      [ta ? N(2, 3, 2) : N(2, 2, 3), tb ? N(2, 4, 3) : N(2, 3, 4)],
      (a: tf.Tensor, b: tf.Tensor) => tf.matMul(a, b, ta, tb),
    );
  for (const activation of ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const) {
    const shared = { activation, leakyreluAlpha: 0.3 };
    add(`fused.matMul ${activation}`, [N(2, 3), N(3, 4), N(4)], (a: tf.Tensor, b: tf.Tensor, bias: tf.Tensor) =>
      tf.fused.matMul({ a, b, bias, ...shared }),
    );
    add(
      `fused.conv2d ${activation}`,
      [N(1, 5, 5, 2), N(3, 3, 2, 3), N(3)],
      (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor) =>
        tf.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, ...shared }),
    );
    add(
      `fused.depthwiseConv2d ${activation}`,
      [N(1, 5, 5, 2), N(3, 3, 2, 1), N(2)],
      (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor) =>
        tf.fused.depthwiseConv2d({ x, filter, strides: 1, pad: 'same', bias, ...shared }),
    );
  }

  for (const pad of ['same', 'valid', 1] as const)
    for (const stride of [1, 2])
      for (const size of [2, 3])
        for (const side of [5, 6]) {
          const told = `${pad}, stride ${stride}, ${size} of ${side}`;
          for (const [sort, draw] of Object.entries({ any: N, positive: P, negative: B })) {
            if (sort !== 'any' && side === 6) continue;
            add(`maxPool ${told}, ${sort}`, [draw(2, side, side, 2)], (x: tf.Tensor4D) =>
              tf.maxPool(x, size, stride, pad),
            );
          }
          add(`avgPool ${told}`, [N(2, side, side, 2)], (x: tf.Tensor4D) => tf.avgPool(x, size, stride, pad));
          if (side === 6) continue;
          add(`conv2d ${told}`, [N(2, side, side, 2), N(size, size, 2, 3)], (x: tf.Tensor4D, w: tf.Tensor4D) =>
            tf.conv2d(x, w, stride, pad),
          );
          add(`depthwiseConv2d ${told}`, [N(2, side, side, 2), N(size, size, 2, 2)], (x: tf.Tensor4D, w: tf.Tensor4D) =>
            tf.depthwiseConv2d(x, w, stride, pad),
          );
          add(`maxPool3d ${told}`, [N(1, 3, 4, 5, 1)], (x: tf.Tensor5D) => tf.maxPool3d(x, size, stride, pad));
          add(`maxPool3d ${told}, positive`, [P(1, 3, 4, 5, 1)], (x: tf.Tensor5D) =>
            tf.maxPool3d(x, size, stride, pad),
          );
          add(`avgPool3d ${told}`, [N(1, 3, 4, 5, 1)], (x: tf.Tensor5D) => tf.avgPool3d(x, size, stride, pad));
          if (pad === 1) continue;
          add(`conv3d ${told}`, [N(1, 3, 4, 5, 1), N(size, size, size, 1, 2)], (x: tf.Tensor5D, w: tf.Tensor5D) =>
            tf.conv3d(x, w, stride, pad),
          );
          const grown = pad === 'same' ? 3 * stride : 2 * stride + size;
          add(`conv2dTranspose ${told}`, [N(1, 3, 3, 2), N(size, size, 3, 2)], (x: tf.Tensor4D, w: tf.Tensor4D) =>
            tf.conv2dTranspose(x, w, [1, grown, grown, 3], stride, pad),
          );
        }
  for (const [alignCorners, halfPixelCenters] of [
    [false, false],
    [true, false],
    [false, true],
  ] as const)
    for (const size of [
      [7, 9],
      [3, 2],
    ] as [number, number][]) {
      const told = `to ${size.join(' by ')}${alignCorners ? ', aligned' : ''}${halfPixelCenters ? ', half pixels' : ''}`;
      add(`resizeBilinear ${told}`, [N(1, 4, 4, 2)], (x: tf.Tensor4D) =>
        tf.image.resizeBilinear(x, size, alignCorners, halfPixelCenters),
      );
      add(`resizeNearestNeighbor ${told}`, [N(1, 4, 4, 2)], (x: tf.Tensor4D) =>
        tf.image.resizeNearestNeighbor(x, size, alignCorners, halfPixelCenters),
      );
    }
  add('localResponseNormalization', [N(1, 2, 2, 5)], (x: tf.Tensor4D) =>
    tf.localResponseNormalization(x, 2, 1, 0.5, 0.7),
  );
  add(
    'batchNorm',
    [N(2, 2, 2, 3), N(3), P(3), N(3), P(3)],
    (x: tf.Tensor4D, mean: tf.Tensor1D, variance: tf.Tensor1D, offset: tf.Tensor1D, scale: tf.Tensor1D) =>
      tf.batchNorm4d(x, mean, variance, offset, scale, 1e-3),
  );
  const indices = (...of: number[]): tf.Tensor1D => tf.tensor1d(of, 'int32');
  add('gather', [N(4, 3)], (x: tf.Tensor) => tf.gather(x, indices(0, 2, 2, 1)));
  add('gather of columns', [N(2, 4, 3)], (x: tf.Tensor) => tf.gather(x, indices(0, 2, 2), 1));
  add('gather, batched', [N(2, 4, 3)], (x: tf.Tensor) =>
    tf.gather(x, tf.tensor2d([0, 2, 2, 1, 1, 3], [2, 3], 'int32'), 1, 1),
  );
  add('unsortedSegmentSum', [N(4, 3)], (x: tf.Tensor) => tf.unsortedSegmentSum(x, indices(0, -1, 0, 2), 3));
  add('concat', [N(2, 3), N(2, 2)], (a: tf.Tensor, b: tf.Tensor) => tf.concat([a, b], 1));
  add('stack', [N(2, 3), N(2, 3)], (a: tf.Tensor, b: tf.Tensor) => tf.stack([a, b], 1));
  add('split', [N(2, 6)], (x: tf.Tensor) => {
    const [a, b, c] = tf.split(x, [1, 2, 3], 1) as [tf.Tensor, tf.Tensor, tf.Tensor];
    return tf.concat([a, tf.square(b), c], 1);
  });
  add('unstack', [N(3, 2)], (x: tf.Tensor) => {
    const [a, b] = tf.unstack(x, 1) as [tf.Tensor, tf.Tensor];
    return tf.mul(a, b);
  });
  add('slice', [N(4, 5)], (x: tf.Tensor) => tf.slice(x, [1, 2], [2, 3]));
  add('pad', [N(2, 3)], (x: tf.Tensor) =>
    tf.pad(
      x,
      [
        [1, 2],
        [0, 1],
      ],
      0.5,
    ),
  );
  add('mirrorPad', [N(3, 3)], (x: tf.Tensor) =>
    tf.mirrorPad(
      x,
      [
        [1, 1],
        [1, 1],
      ],
      'reflect',
    ),
  );
  add('tile', [N(2, 3, 2)], (x: tf.Tensor) => tf.tile(x, [2, 1, 3]));
  add('broadcastTo', [N(1, 3)], (x: tf.Tensor) => tf.broadcastTo(x, [4, 3]));
  add('where', [N(2, 3), N(3)], (a: tf.Tensor, b: tf.Tensor) =>
    tf.where(tf.tensor2d([1, 0, 1, 0, 0, 1], [2, 3], 'bool'), a, b),
  );
  add('spaceToBatchND', [N(1, 3, 3, 1)], (x: tf.Tensor) =>
    tf.spaceToBatchND(
      x,
      [2, 2],
      [
        [1, 0],
        [0, 1],
      ],
    ),
  );
  add('batchToSpaceND', [N(4, 2, 2, 1)], (x: tf.Tensor) =>
    tf.batchToSpaceND(
      x,
      [2, 2],
      [
        [0, 1],
        [1, 0],
      ],
    ),
  );
  add('dilation2d', [N(1, 5, 5, 1), N(2, 2, 1)], (x: tf.Tensor4D, w: tf.Tensor3D) => tf.dilation2d(x, w, 1, 'valid'));
  add('cast', [N(3, 4)], (x: tf.Tensor) => tf.mul(x, tf.cast(tf.cast(x, 'int32'), 'float32')));
  add('dot', [N(4), N(4)], (a: tf.Tensor, b: tf.Tensor) => tf.dot(a, b));
  for (const axis of [0, 1, 2]) {
    for (const name of ['sum', 'mean', 'max', 'min', 'logSumExp', 'prod'] as const)
      add(`${name} over ${axis}`, [N(2, 3, 4)], (x: tf.Tensor) => tf[name](x, axis));
    for (const order of [1, 2, Infinity])
      add(`norm ${order} over ${axis}`, [N(2, 3, 4)], (x: tf.Tensor) => tf.norm(x, order, axis));
    add(`moments over ${axis}`, [N(2, 3, 4)], (x: tf.Tensor) => {
      const { mean, variance } = tf.moments(x, axis);
      return tf.add(mean, tf.mul(2, variance));
    });
  }
  for (const name of ['sum', 'mean', 'max', 'min'] as const) {
    add(`${name} of all`, [N(2, 3, 4)], (x: tf.Tensor) => tf[name](x));
    add(`${name} of the last`, [N(2, 3, 4)], (x: tf.Tensor) => tf[name](x, -1, true));
  }
  // Entries that are equal because they are made of one.
  add('max of equals', [N(1, 3)], (x: tf.Tensor) => tf.max(tf.tile(x, [4, 2]), [0, 1]));
  add('min of equals', [N(2, 3)], (x: tf.Tensor) => tf.min(tf.tile(x, [1, 2]), 1));
  add('maxPool of equals', [N(1, 1, 1, 2)], (x: tf.Tensor) =>
    tf.maxPool(tf.abs(tf.tile(x, [1, 4, 4, 1])) as tf.Tensor4D, 2, 2, 'valid'),
  );
  add('max of what a ReLU has made 0', [B(2, 3)], (x: tf.Tensor) => tf.max(tf.relu(x), 1));
  for (const exclusive of [false, true])
    for (const reverse of [false, true])
      add(`cumsum${exclusive ? ', exclusive' : ''}${reverse ? ', reverse' : ''}`, [N(3, 4)], (x: tf.Tensor) =>
        tf.cumsum(x, 1, exclusive, reverse),
      );
  const labels = (): tf.Tensor2D => tf.tensor2d([1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1], [3, 4]);
  for (const name of [
    'meanSquaredError',
    'absoluteDifference',
    'huberLoss',
    'hingeLoss',
    'logLoss',
    'sigmoidCrossEntropy',
    'softmaxCrossEntropy',
  ] as const)
    add(`losses.${name}`, [(name === 'logLoss' ? U : N)(3, 4)], (x: tf.Tensor2D) => tf.losses[name](labels(), x));
  add('losses.cosineDistance', [N(3, 4)], (x: tf.Tensor2D) => tf.losses.cosineDistance(labels(), x, 1));
  return cases;
}
