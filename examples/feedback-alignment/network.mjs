import * as tf from '@tensorflow/tfjs';

/** A network without biases; the loss is half the squared error, averaged over the batch. */
export class Network {
  /** @param activation of the inner layers: 'linear' or 'relu' */
  constructor({ weights, feedback, direct }, activation) {
    const tensor = ({ rows, columns, values }) => tf.tensor2d(values, [rows, columns]);
    this.weights = weights.map((each, l) => tf.variable(tensor(each), true, `layer${l + 1}_${++Network.made}`));
    this.feedback = feedback.map(tensor);
    this.direct = direct.map(tensor);
    this.activation = activation;
  }

  /** The outputs of every layer, the inputs first. */
  layers(x) {
    const last = this.weights.length - 1;
    const all = [x];
    this.weights.forEach((weight, l) => {
      const sum = tf.matMul(all[l], weight);
      all.push(l < last && this.activation === 'relu' ? tf.relu(sum) : sum);
    });
    return all;
  }

  loss(x, target) {
    return tf.tidy(() =>
      tf
        .sub(this.layers(x).at(-1), target)
        .square()
        .sum()
        .div(2 * x.shape[0])
        .asScalar(),
    );
  }

  accuracy(x, labels) {
    return tf.tidy(() => tf.equal(this.layers(x).at(-1).argMax(1), labels).mean().dataSync()[0]);
  }

  /**
   * One step by backpropagation (`bp`), feedback alignment (`fa`) or direct feedback alignment (`dfa`): they differ only in what takes an
   * error back to an inner layer.
   */
  step(rule, x, target, learningRate) {
    tf.tidy(() => {
      const all = this.layers(x);
      const output = tf.sub(all.at(-1), target).div(x.shape[0]);
      const steps = [];
      let error = output;
      for (let l = this.weights.length - 1; l >= 0; l--) {
        steps[l] = tf.matMul(all[l], error, true, false);
        if (l === 0) break;
        const back =
          rule === 'bp'
            ? tf.matMul(error, this.weights[l], false, true)
            : rule === 'fa'
              ? tf.matMul(error, this.feedback[l - 1])
              : tf.matMul(output, this.direct[l - 1]);
        error = this.activation === 'relu' ? back.mul(tf.step(all[l])) : back;
      }
      this.weights.forEach((weight, l) => weight.assign(weight.sub(steps[l].mul(learningRate))));
    });
  }

  dispose() {
    tf.dispose([this.weights, this.feedback, this.direct]);
  }
}
Network.made = 0;
