import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { Network } from './network.mjs';

/** Trains one network by one rule with the monitor watching. @returns what was measured: a row a step, and the test set now and then */
export async function train({ setting, rule, start, data, sink }) {
  const { activation, batch } = setting;
  const learningRate = setting.learningRates[rule];
  const network = new Network(start, activation);
  const watch = monitor({
    preset: 'economy',
    effective: 'always',
    stepSize: 'never',
    sinks: sink ? [sink] : [],
  });
  const steps = [];
  const certificates = [];
  watch.certificates$.subscribe((certificate) => {
    const { alignment, effective, metric } = certificate;
    certificates.push({ step: certificate.step, metric });
    steps.push({
      step: certificate.step,
      verdict: certificate.verdict,
      loss: certificate.lossBefore,
      decrease: effective.value,
      alignment: alignment.value,
      psi: metric?.psi ?? null,
      psiFloor: certificate.psiFloor,
      eigenvalueMin: metric?.eigenvalueMin ?? null,
      alpha: metric?.alpha ?? null,
      eigenvalueMax: metric?.eigenvalueMax ?? null,
      conditionNumber: metric?.conditionNumber ?? null,
      discreteGradient: certificate.discreteGradient,
      layers: certificate.variables.map(({ alignment: share, psi }) => ({ alignment: share, psi })),
    });
  });
  const tests = [];
  const test = (step) =>
    tests.push({
      step,
      loss: tf.tidy(() => network.loss(data.test.x, data.test.target).dataSync()[0]),
      accuracy: network.accuracy(data.test.x, data.test.labels),
    });
  let step = 0;
  for (const order of start.orders) {
    for (let from = 0; from + batch <= order.length; from += batch) {
      // A run that diverged has nothing more to show.
      if (steps.length > 0 && !(steps.at(-1).loss < 1e6)) break;
      if (step % setting.testEvery === 0) test(step);
      const indices = tf.tensor1d(order.slice(from, from + batch), 'int32');
      const [x, target] = [tf.gather(data.train.x, indices), tf.gather(data.train.target, indices)];
      await watch.observe({
        loss: () => network.loss(x, target),
        variables: network.weights,
        update: () => network.step(rule, x, target, learningRate),
        learningRate,
      });
      tf.dispose([indices, x, target]);
      step++;
    }
  }
  test(step);
  await watch.detach();
  network.dispose();
  return { rule, steps, tests, certificates };
}
