// One step over a range of rates: where does it overshoot, and where does it pass the sufficient bounds?
import * as tf from '@tensorflow/tfjs';
import { sweepStepSize } from 'steepest';

const xs = tf.randomNormal([64, 5], 0, 1, 'float32', 1);
const ys = tf.tidy(() => xs.sum(1, true).tanh());
const kernel = tf.variable(tf.randomNormal([5, 4], 0, 0.5, 'float32', 2));
const output = tf.variable(tf.randomNormal([4, 1], 0, 0.5, 'float32', 3));
const loss = () => tf.tidy(() => xs.matMul(kernel).tanh().matMul(output).sub(ys).square().mean().asScalar());

const sweep = await sweepStepSize({ loss, variables: [kernel, output], rates: { from: 0.01, to: 10, count: 8 } });

for (const { eta, decrease, effective, stepSize, etaMaxSupremum } of sweep.rows)
  console.log(
    `η ${eta.toPrecision(3)}  decrease ${decrease?.toPrecision(3)} (${effective})  bound ${etaMaxSupremum?.toPrecision(3) ?? 'none'} (${stepSize})`,
  );
const { overshoot } = sweep;
console.log(overshoot ? `overshoots from about η = ${overshoot.high.toPrecision(3)} on` : 'overshoots nowhere');
