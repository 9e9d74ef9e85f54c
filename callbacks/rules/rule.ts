import type * as tf from '@tensorflow/tfjs';
import type { Observation } from '../observe.js';
import type { Perceptron } from './perceptron.js';

/** What a rule is given to learn. */
export interface Problem {
  /** The true measure of performance, a scalar; the same at every call. */
  readonly loss: () => tf.Scalar;
  readonly variables: tf.Variable[];
  /** η, > 0. */
  readonly learningRate: number;
  /** Of everything random in the rule; an integer. @default 1 */
  readonly seed?: number;
}

/** The same with the network behind the loss, for rules that look inside it. */
export interface NetworkProblem extends Problem {
  readonly network: Perceptron;
}

/** A rule at work: what `watch.observe` takes, and what lets go of the rule's own tensors. */
export interface Learner extends Observation {
  readonly update: () => void;
  readonly learningRate: number;
  /** The optimizer behind it, where there is one. */
  readonly optimizer?: tf.Optimizer;
  readonly dispose: () => void;
}

/** A learning rule as the gallery shows it. */
export interface Rule {
  readonly name: string;
  /** Does it claim to learn? `false`: it stands in the gallery because it must not pass. */
  readonly learning: boolean;
  /** One line. */
  readonly description: string;
  /** η on the gallery's problem. */
  readonly learningRate: number;
  /** The loss and the variables of the learner are the problem's, but for a rule with an objective of its own. */
  readonly start: (problem: NetworkProblem) => Learner;
}
