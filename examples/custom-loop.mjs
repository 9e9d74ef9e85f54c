// Any optimizer in any loop: wrap it. Any rule without an optimizer: observe it.
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';

const theta = tf.variable(tf.tensor1d([-1.2, 1]));
const rosenbrock = () =>
  tf.tidy(() => {
    const [a, b] = tf.split(theta, 2);
    return tf
      .sub(1, a)
      .square()
      .add(tf.mul(100, b.sub(a.square()).square()))
      .asScalar();
  });

const watch = monitor({ preset: 'full', stepSize: 'never' });
const optimizer = watch.wrap(tf.train.momentum(1e-4, 0.9));
for (let step = 0; step < 50; step++) optimizer.minimize(rosenbrock, false, [theta]);

// A rule of one's own: only the sign of the gradient.
const signDescent = () =>
  tf.tidy(() => {
    const { grads } = tf.variableGrads(rosenbrock, [theta]);
    theta.assign(theta.sub(grads[theta.name].sign().mul(1e-3)));
  });
for (let step = 0; step < 50; step++) {
  await watch.observe({ loss: rosenbrock, variables: [theta], update: signDescent, learningRate: 1e-3 });
}
console.log(watch.summary());
await watch.detach();
