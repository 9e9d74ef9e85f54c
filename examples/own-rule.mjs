// A rule of one's own under the certificate: Hebbian learning with a teacher, where each weight sees only its own two ends.
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { galleryProblem, lion } from 'steepest/rules';

// A small network with a fixed batch; any loss and any variables would do.
const { network, dispose } = galleryProblem(1);
const { loss, variables, layers } = network;

// Your rule: change the variables, however you like. Here the teacher's error is broadcast to the last layer alone; the layers
// before it strengthen what fires together, and forget (Oja). Nobody computes a gradient.
const rate = 0.05;
const teacherAndHebb = () =>
  tf.tidy(() => {
    const { inputs, logits } = network.forward();
    const error = network.targets.sub(logits.softmax());
    const outputs = [...inputs.slice(1), error];
    layers.forEach(({ kernel }, l) => {
      const hebb = inputs[l].matMul(outputs[l], true).div(inputs[l].shape[0]);
      const forget = l < layers.length - 1 ? kernel.mul(outputs[l].square().mean(0)) : 0;
      kernel.assign(kernel.add(hebb.sub(forget).mul(rate)));
    });
  });

const watch = monitor({ preset: 'full', stepSize: 'never' });
for (let step = 0; step < 60; step++) {
  await watch.observe({ loss, variables, update: teacherAndHebb, learningRate: rate });
}
console.log('Hebb before a teacher:\n' + watch.summary());
await watch.detach();

// Beside it a rule of the gallery, an optimizer like any other of TensorFlow.js.
const optimizer = lion(0.005);
const beside = monitor({ preset: 'full', stepSize: 'never' });
beside.wrap(optimizer);
for (let step = 0; step < 60; step++) optimizer.minimize(loss, false, variables);
console.log('\nLion, from where that ended:\n' + beside.summary());
await beside.detach();
optimizer.dispose();
dispose();
