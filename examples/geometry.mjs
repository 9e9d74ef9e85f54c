// Does a rule keep one geometry? Gradient descent does; a gradient that is rotated does not.
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';

const hessian = tf.tensor2d([3, 0.5, 0, 0.5, 1, -0.2, 0, -0.2, 2], [3, 3]);
const rotation = tf.tensor2d([1, 0, 0, 0, 1, 2, 0, -2, 1], [3, 3]);

for (const [name, turned] of [
  ['gradient descent', false],
  ['a rotated gradient', true],
]) {
  const theta = tf.variable(tf.tensor2d([1, -2, 0.7], [3, 1]));
  const loss = () => tf.tidy(() => theta.transpose().matMul(hessian.matMul(theta)).mul(0.5).asScalar());
  const watch = monitor({ geometry: { memory: 3 } });
  watch.certificates$.subscribe(({ step, geometry }) => {
    if (geometry?.window)
      console.log(`${name}, step ${step}: asymmetry ${geometry.window.constant.asymmetry.toExponential(1)}`);
  });
  for (let i = 0; i < 6; i++)
    await watch.observe({
      loss,
      variables: [theta],
      learningRate: 0.05,
      update: () =>
        tf.tidy(() => {
          const gradient = hessian.matMul(theta);
          theta.assign(theta.sub((turned ? rotation.matMul(gradient) : gradient).mul(0.05)));
        }),
    });
  await watch.detach();
}
