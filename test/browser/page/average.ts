import * as tf from '@tensorflow/tfjs';
import {
  type AverageCertificate,
  certifyOnAverage,
  hessianVectorProduct,
  smallestEigenvalue,
} from '../../../src/index.js';
import { numbers } from '../contractRuns.js';
import { type Leaked, leakedSince } from './leakedSince.js';

export interface AtAPoint {
  readonly average: AverageCertificate;
  readonly product: { readonly method: string; readonly reason: string; readonly numbers: readonly number[] | null };
  readonly smallest: { readonly ritzValue: number | null; readonly reason: string };
  readonly leaked: Leaked;
}

/** What is said of a network with a hidden layer of `units` sigmoids and of its stochastic gradient descent, after some training steps. */
export async function atAPoint(seed: number, units: number, trained: number): Promise<AtAPoint> {
  const start = tf.memory();
  const draw = numbers(seed);
  const xs = tf.tensor2d(draw(40 * 6, 1.5), [40, 6]);
  const ys = tf.tensor2d(draw(40, 1), [40, 1]);
  const shapes = [[6, units], [units], [units, 1]];
  const variables = shapes.map((shape) =>
    tf.tidy(() => tf.variable(tf.tensor(draw(tf.util.sizeFromShape(shape), 0.8), shape))),
  );
  const lossOn = (x: tf.Tensor2D, y: tf.Tensor2D): tf.Scalar => {
    const [first, bias, second] = variables as [tf.Variable<tf.Rank.R2>, tf.Variable, tf.Variable<tf.Rank.R2>];
    return tf.losses.meanSquaredError(y, tf.matMul(tf.sigmoid(tf.add<tf.Tensor2D>(tf.matMul(x, first), bias)), second));
  };
  const loss = (): tf.Scalar => tf.tidy(() => lossOn(xs, ys));
  const optimizer = tf.train.sgd(0.1);
  const vectors = variables.map(({ shape, size }) => tf.tensor(draw(size, 1), shape));
  const { value, grads } = tf.variableGrads(loss, variables);
  const slopes = await Promise.all(variables.map(({ name }) => (grads[name] as tf.Tensor).data<'float32'>()));
  tf.dispose([value, grads]);
  const values = variables.map((variable) => variable.clone());
  const anew = (): void => {
    variables.forEach((variable, i) => {
      variable.assign(values[i] as tf.Tensor);
    });
    for (let i = 0; i < trained; i++) optimizer.minimize(loss, false, variables);
  };
  anew();
  const average = await certifyOnAverage({
    loss,
    variables,
    learningRate: 0.1,
    draws: 16,
    stop: 'never',
    draw: () => {
      if (trained > 0) {
        // Made on the host, a draw has no padding, whatever θ has.
        const rate = 0.1 * (1 + 0.5 * (draw(1, 1)[0] as number));
        variables.forEach((variable, i) => {
          const slope = slopes[i] as Float32Array;
          const moved = variable.dataSync<'float32'>().map((value, k) => value - rate * (slope[k] as number));
          variable.assign(tf.tensor(moved, variable.shape));
        });
        return;
      }
      const rows = tf.tensor1d(
        Array.from(draw(8, 1), (value) => Math.min(39, Math.floor(20 * (value + 1)))),
        'int32',
      );
      optimizer.minimize(
        () => lossOn(tf.gather<tf.Tensor2D>(xs, rows), tf.gather<tf.Tensor2D>(ys, rows)),
        false,
        variables,
      );
    },
  });
  anew();
  const { product, method, reason } = await hessianVectorProduct(loss, variables, vectors);
  const found = product && (await Promise.all(product.map((each) => each.data()))).flatMap((each) => [...each]);
  anew();
  const { ritzValue, reason: why } = await smallestEigenvalue(() => loss(), variables, { products: 6 });
  tf.dispose([xs, ys, variables, values, vectors, product ?? []]);
  optimizer.dispose();
  return {
    average,
    product: { method, reason, numbers: found },
    smallest: { ritzValue, reason: why },
    leaked: leakedSince(start),
  };
}

/** What is said on average of a loss of the largest entries of each row, which several of them share or none. */
export async function ofMaxima(seed: number, shared: boolean): Promise<AverageCertificate & Pick<AtAPoint, 'leaked'>> {
  const start = tf.memory();
  const draw = numbers(seed);
  const weight = tf.tidy(() => tf.variable(tf.tensor2d(draw(12, 1), [3, 4])));
  const loss = (): tf.Scalar =>
    tf.tidy(() =>
      tf
        .max(shared ? tf.concat([weight, weight], 1) : weight, 1)
        .square()
        .sum()
        .asScalar(),
    );
  const average = await certifyOnAverage({
    loss,
    variables: [weight],
    learningRate: 0.01,
    draws: 8,
    draw: () => {
      const { grads } = tf.variableGrads(loss, [weight]);
      const rate = 0.01 * (1 + 0.1 * (draw(1, 1)[0] as number));
      weight.assign(weight.sub(tf.mul(grads[weight.name] as tf.Tensor, rate)));
    },
  });
  weight.dispose();
  return { ...average, leaked: leakedSince(start) };
}
