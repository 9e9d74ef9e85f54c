/**
 * Steepest: certifies, while TensorFlow.js trains, which steps are natural gradient descent, and in which metric.
 *
 * @packageDocumentation
 */
export * from './core.js';
export { monitor, type Monitor } from './monitor/monitor.js';
export type { MonitorOptions } from './monitor/options.js';
export type { Measure } from '../callbacks/measuring.js';
export type { Observation } from '../callbacks/observe.js';
export type { FitCallback } from '../callbacks/fitCallback.js';
export { type HessianVectorProduct, hessianVectorProduct } from '../callbacks/hessianVectorProduct.js';
export {
  type SmallestEigenvalue,
  smallestEigenvalue,
  type SmallestEigenvalueOptions,
} from '../callbacks/smallestEigenvalue.js';
export { type HessianSupport, hessianSupport } from '../callbacks/hessian/support.js';
export { sweepStepSize, type SweepOptions } from '../callbacks/sweepStepSize.js';
export type { AverageOptions, AverageProgress, AverageSettings } from '../callbacks/averageOptions.js';
export { certifyOnAverage } from '../callbacks/certifyOnAverage.js';
export { certifyModelOnAverage, type ModelAverageOptions } from '../callbacks/certifyModelOnAverage.js';
