/**
 * Learning rules to train with and to hold against the certificate: optimizers that can be compiled with and saved, rules without
 * gradients, and three that do not learn.
 *
 * @packageDocumentation
 */
import * as tf from '@tensorflow/tfjs';
import { AdadeltaOptimizer } from './adadelta.js';
import { AdamWOptimizer } from './adamW.js';
import { HeavyBallOptimizer } from './heavyBall.js';
import { LionOptimizer } from './lion.js';
import { MuonOptimizer } from './muon.js';
import { NesterovOptimizer } from './nesterov.js';
import { SignSGDOptimizer } from './signSGD.js';

export type { Learner, NetworkProblem, Problem, Rule } from './rule.js';
export { gallery } from './gallery.js';
export { type GalleryProblem, galleryProblem } from './galleryProblem.js';
export { type ForwardPass, Perceptron, type PerceptronLayer, type PerceptronOptions } from './perceptron.js';
export { type SlotStep, SlotOptimizer } from './slotOptimizer.js';
export { adadelta, AdadeltaOptimizer, type AdadeltaOptions } from './adadelta.js';
export { adamW, AdamWOptimizer, type AdamWOptions } from './adamW.js';
export { heavyBall, HeavyBallOptimizer } from './heavyBall.js';
export { lion, LionOptimizer, type LionOptions } from './lion.js';
export { muon, MuonOptimizer } from './muon.js';
export { nesterov, NesterovOptimizer } from './nesterov.js';
export { signSGD, SignSGDOptimizer } from './signSGD.js';
export { directFeedbackAlignment } from './directFeedbackAlignment.js';
export { evolutionStrategies, type EvolutionStrategiesOptions } from './evolutionStrategies.js';
export { feedbackAlignment } from './feedbackAlignment.js';
export { gradientAscent } from './gradientAscent.js';
export { naturalGradient, type NaturalGradientOptions } from './naturalGradient.js';
export { nodePerturbation, type NodePerturbationOptions } from './nodePerturbation.js';
export { oja, type OjaProblem } from './oja.js';
export { randomWalk } from './randomWalk.js';
export { rotatedGradient, type RotatedGradientOptions } from './rotatedGradient.js';
export { weightPerturbation, type WeightPerturbationOptions } from './weightPerturbation.js';

// Here and not beside each class: this file is the only one that a bundler must not drop when nothing of it is named.
tf.serialization.registerClass(AdadeltaOptimizer);
tf.serialization.registerClass(AdamWOptimizer);
tf.serialization.registerClass(HeavyBallOptimizer);
tf.serialization.registerClass(LionOptimizer);
tf.serialization.registerClass(MuonOptimizer);
tf.serialization.registerClass(NesterovOptimizer);
tf.serialization.registerClass(SignSGDOptimizer);
