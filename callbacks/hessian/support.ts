import * as tf from '@tensorflow/tfjs';
import { kernelRules } from './kernelRules.js';

/** What becomes of a product with the Hessian where a loss runs one kernel. */
export interface HessianSupport {
  /** The kernel, by the name it is registered under. */
  readonly op: string;
  readonly status: 'exact' | 'differences' | 'unsupported';
  readonly reason: string;
}

/**
 * What is known of every kernel on a backend: `exact` where its derivative is (checked against float64 in the tests, each of
 * them), `differences` where it is not and a smooth loss can be differenced, `unsupported` where the backend has no such kernel.
 *
 * @param backend the name of a registered backend. @default the one in use
 */
export function hessianSupport(backend: string = tf.getBackend()): HessianSupport[] {
  const registered = new Set(tf.getKernelsForBackend(backend).map(({ kernelName }) => kernelName));
  const known = Object.keys(kernelRules);
  return [...new Set([...known, ...registered])].sort().map((op): HessianSupport => {
    const rule = kernelRules[op];
    if (!registered.has(op)) return { op, status: 'unsupported', reason: `no such kernel on ${backend}` };
    if (rule) return { op, status: 'exact', reason: rule.how };
    return { op, status: 'differences', reason: 'its derivative is not known: differences, where the loss is smooth' };
  });
}
