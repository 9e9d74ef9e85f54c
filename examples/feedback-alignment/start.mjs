import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';

/**
 * What a run begins with, all from one seed: weights, the fixed feedback of FA and of DFA, and the order of the digits. Entries are uniform
 * with variance `gain²/n`: for weights `n` is the number of inputs of the layer, for feedback the units that the error is taken to.
 */
export function drawStart(seed, { sizes, gain, epochs }, count) {
  const random = xoroshiro128plus(seed);
  const matrix = (rows, columns, deviation) => ({
    rows,
    columns,
    values: Float32Array.from(
      { length: rows * columns },
      () => (2 * uniformFloat64(random) - 1) * Math.sqrt(3) * deviation,
    ),
  });
  const inner = sizes.slice(1, -1);
  const outputs = sizes.at(-1);
  const weights = sizes.slice(1).map((units, l) => matrix(sizes[l], units, gain.weights / Math.sqrt(sizes[l])));
  // Takes the error of layer l + 1 to layer l, where backpropagation takes the transposed weights.
  const feedback = inner.map((units, l) => matrix(sizes[l + 2], units, gain.feedback / Math.sqrt(units)));
  // Takes the error of the output to layer l at once.
  const direct = inner.map((units) => matrix(outputs, units, gain.direct / Math.sqrt(units)));
  const orders = Array.from({ length: epochs }, () => {
    const order = Array.from({ length: count }, (_, i) => i);
    for (let i = count - 1; i > 0; i--) {
      const j = uniformInt(random, 0, i);
      [order[i], order[j]] = [order[j], order[i]];
    }
    return order;
  });
  return { weights, feedback, direct, orders };
}
