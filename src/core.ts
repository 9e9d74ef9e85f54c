/**
 * The pure half of Steepest: geometry, certificates, operators, alerts and sinks; no TensorFlow.js in it.
 *
 * @packageDocumentation
 */
export { type Gram, gram } from './linalg/gram.js';
export { type Angle, angle } from './geometry/angle.js';
export { alphaOptimal, type Spectrum, spectrum } from './geometry/spectrum.js';
export { type Metric, metric } from './geometry/metric.js';
export { projected, projectedGram } from './geometry/discreteGradients/projected.js';
export { type Part, type Rung, structure } from './geometry/structure.js';
export { type ShiftedSpectrum, shiftedSpectrum } from './geometry/averageMetric.js';
export {
  advanceGeometry,
  emptyGeometry,
  type GeometryRecord,
  type GeometryState,
  type GeometryWindow,
} from './geometry/geometryOverTime.js';
export { stackedGram } from './geometry/window.js';
export { asymmetry, type ConstantMetric, constantMetric, crossGram } from './geometry/constantMetric.js';
export { extendedGram } from './geometry/extendedGram.js';
export { type HeavyBallEnergy, heavyBallEnergy, isEnergyGuaranteed } from './geometry/heavyBallEnergy.js';
export {
  advanceLeastChange,
  emptyLeastChange,
  leastChange,
  type LeastChangeMetric,
  type LeastChangeState,
} from './geometry/leastChange.js';
export { type MetricDrift, metricDrift } from './geometry/metricDrift.js';
export type {
  Certificate,
  Condition,
  DiscreteGradient,
  EnergyCondition,
  MetricSummary,
  State,
  StepSizeCondition,
  Structure,
  VariableCertificate,
  Verdict,
} from './certificates/certificate.js';
export { certify } from './certificates/certify.js';
export { stepSizeSweep, type StepSizeSweep, sweepRow, type SweepRow } from './certificates/stepSizeSweep.js';
export {
  certifyFlow,
  type Flow,
  type FlowCertificate,
  type FlowField,
  type FlowVector,
} from './certificates/certifyFlow.js';
export type { Preset, Schedule, Schedules } from './certificates/schedule.js';
export type {
  ConditionName,
  CurvatureRecord,
  DiscreteGradientRecord,
  InertiaRecord,
  NoiseRecord,
  Obstacle,
  StepRecord,
  VariableRecord,
} from './certificates/stepRecord.js';
export {
  advanceAverage,
  type AverageDraw,
  type AveragePoint,
  type AverageState,
  emptyAverage,
} from './certificates/average.js';
export { type AverageCertificate, type AverageCondition, certifyAverage } from './certificates/certifyAverage.js';
export type { LookPlan } from './certificates/looks.js';
export { type LossSplit, type LossSplitRecord, splitBetween, splitLoss } from './certificates/splitLoss.js';
export {
  advanceWindow,
  emptyWindow,
  lastWindow,
  type WindowCertificate,
  type WindowState,
} from './certificates/window.js';
export type { Alert } from './alerts/alert.js';
export { type ActionContext, type AlertAction, logAlert, scaleLearningRate, stopTraining } from './alerts/action.js';
export { defaultRules } from './alerts/defaultRules.js';
export { type Persistence, persistent, type Persistent, type Signal, type Words } from './alerts/persistent.js';
export type { AlertRule } from './alerts/rule.js';
export { conditionNumber } from './alerts/rules/conditionNumber.js';
export { lossSpike } from './alerts/rules/lossSpike.js';
export { misalignedVariable } from './alerts/rules/misalignedVariable.js';
export { nonFinite } from './alerts/rules/nonFinite.js';
export { notNaturalGradient } from './alerts/rules/notNaturalGradient.js';
export { overshoot } from './alerts/rules/overshoot.js';
export { psiDrift } from './alerts/rules/psiDrift.js';
export { stepSize } from './alerts/rules/stepSize.js';
export { unresolvedTooLong } from './alerts/rules/unresolvedTooLong.js';
export { alertOn } from './operators/alertOn.js';
export { certifiedOnAverage } from './operators/certifiedOnAverage.js';
export { certifySteps } from './operators/certifySteps.js';
export { lossSplits } from './operators/lossSplits.js';
export { windowed } from './operators/windowed.js';
export { consoleSink, type ConsoleSinkOptions } from './sinks/console.js';
export { type MemorySink, memorySink } from './sinks/memory.js';
export type { RunHeader, RunLine, Sink } from './sinks/sink.js';
export { describeSummary, type Summary, Tally } from './report/summary.js';
