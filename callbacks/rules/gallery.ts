import { adadeltaRule } from './adadelta.js';
import { adadeltaOfTensorFlowRule } from './adadeltaOfTensorFlow.js';
import { adagradRule } from './adagrad.js';
import { adamRule } from './adam.js';
import { adamWRule } from './adamW.js';
import { adamaxRule } from './adamax.js';
import { directFeedbackAlignmentRule } from './directFeedbackAlignment.js';
import { evolutionStrategiesRule } from './evolutionStrategies.js';
import { feedbackAlignmentRule } from './feedbackAlignment.js';
import { gradientAscentRule } from './gradientAscent.js';
import { heavyBallRule } from './heavyBall.js';
import { lionRule } from './lion.js';
import { momentumRule } from './momentum.js';
import { muonRule } from './muon.js';
import { naturalGradientRule } from './naturalGradient.js';
import { nesterovRule } from './nesterov.js';
import { nodePerturbationRule } from './nodePerturbation.js';
import { ojaRule } from './oja.js';
import { randomWalkRule } from './randomWalk.js';
import { rmspropRule } from './rmsprop.js';
import { rotatedGradientRule } from './rotatedGradient.js';
import type { Rule } from './rule.js';
import { sgdRule } from './sgd.js';
import { signSGDRule } from './signSGD.js';
import { weightPerturbationRule } from './weightPerturbation.js';

/** Every rule there is, in the order of the table: with gradients, without, and those that do not learn. */
export const gallery: readonly Rule[] = [
  sgdRule,
  momentumRule,
  heavyBallRule,
  nesterovRule,
  adagradRule,
  adadeltaRule,
  adadeltaOfTensorFlowRule,
  rmspropRule,
  adamRule,
  adamaxRule,
  adamWRule,
  lionRule,
  signSGDRule,
  muonRule,
  naturalGradientRule,
  feedbackAlignmentRule,
  directFeedbackAlignmentRule,
  nodePerturbationRule,
  weightPerturbationRule,
  evolutionStrategiesRule,
  ojaRule,
  randomWalkRule,
  gradientAscentRule,
  rotatedGradientRule,
];
