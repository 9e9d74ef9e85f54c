// Continual learning: after task A comes task B. Does a step on B also descend A, or is it forgotten?
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';

const theta = tf.variable(tf.zeros([4]));
const task = (target) => () => tf.tidy(() => theta.sub(target).square().mul([1, 1, 1, 4]).sum());
const [a, b] = [task([1, 1, 0, 0.5]), task([-1, 1, 2, 0.4])];
const follow = (loss) => () => {
  const { grads } = tf.variableGrads(loss, [theta]);
  tf.tidy(() => theta.assign(theta.sub(grads[theta.name].mul(0.05))));
  tf.dispose(grads);
};

// The rule follows B; what it does is held against A.
for (let i = 0; i < 40; i++) follow(a)();
const start = theta.clone();
for (const [name, loss] of Object.entries({ A: a, B: b })) {
  theta.assign(start.clone());
  const watch = monitor({ preset: 'full', stepSize: 'never', window: 10 });
  watch.windows$.subscribe(({ from, step, effective }) =>
    console.log(`held against ${name}, steps ${from} to ${step}: ${effective.state}`),
  );
  for (let i = 0; i < 20; i++) await watch.observe({ loss, variables: [theta], learningRate: 0.05, update: follow(b) });
  await watch.detach();
  const { verdicts } = watch.summaryData();
  console.log(
    `held against ${name}: ${verdicts['natural-gradient']} of 20 natural, ${verdicts['not-natural-gradient']} not`,
  );
}
