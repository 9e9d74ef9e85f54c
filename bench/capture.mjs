// What the measuring of a step adds, against reading θ, θ' and y once each: several sizes, on every backend.
import * as tf from '@tensorflow/tfjs';
import { monitor } from 'steepest';
import { median, rounded, takeTurns } from './measure.mjs';
import { sgd, useBackend } from './problems.mjs';

function readOnce(u, v, w) {
  let [a, b, c] = [0, 0, 0];
  for (let k = 0; k < u.length; k++) {
    a += u[k];
    b += v[k];
    c += w[k];
  }
  return a + b + c;
}

export async function* capture({ backends, quick }) {
  for (const backend of backends) {
    if (!(await useBackend(backend))) continue;
    for (const size of quick ? [1e5] : [1e5, 1e6, 3e6]) {
      const weights = tf.randomUniform([size]);
      const watch = monitor({ preset: 'economy' });
      const [plain, watched] = [sgd(), watch.wrap(sgd())].map((rule) => {
        const theta = tf.variable(tf.randomUniform([size]));
        const loss = () => tf.sum(tf.mul(theta, weights));
        return { theta, step: () => void rule.minimize(loss, false, [theta]) };
      });
      const arrays = [0, 1, 2].map(() => Float32Array.from(weights.dataSync()));
      const reader = { step: () => void readOnce(...arrays) };
      await takeTurns([plain, watched, reader], { warmUp: 10, seconds: quick ? 0.5 : 2, least: 20, most: 200 });
      const added = median(watched.times.map((time, i) => time - plain.times[i]));
      yield {
        bench: 'capture',
        backend,
        parameters: size,
        addedMs: rounded(added, 3),
        readOnceMs: rounded(median(reader.times), 3),
        ratio: rounded(added / median(reader.times), 3),
      };
      await watch.detach();
      tf.dispose([plain.theta, watched.theta, weights]);
    }
  }
}
