import { constantKernels } from './rules/constants.js';
import { elementwiseKernels } from './rules/elementwise.js';
import { linearKernels } from './rules/linear.js';
import { pairKernels } from './rules/pairs.js';
import { poolingKernels } from './rules/pooling.js';
import { productKernels } from './rules/products.js';
import { reductionKernels } from './rules/reductions.js';
import type { KernelRules } from './tangentRule.js';

/** Every kernel whose derivative is known, those that gradients run included. */
export const kernelRules: KernelRules = {
  ...linearKernels,
  ...productKernels,
  ...elementwiseKernels,
  ...pairKernels,
  ...reductionKernels,
  ...poolingKernels,
  ...constantKernels,
};
