import type { Evaluation } from './evaluation.js';

/**
 * How coarse the steps are that a loss moves in, as its record has it. An example whose p is clipped and wrong has a loss of 16: where all
 * together have less than 1 there is none, and those that are right have no gradient to speak of.
 */
export function staircase(
  evaluation: Evaluation | null,
  largestLoss: number,
): { readonly staircase?: number; readonly clipped?: true } {
  if (evaluation?.survey?.staircase !== true) return {};
  const { least, atClip } = evaluation.stairs;
  return { staircase: Math.min(1, least), ...(atClip * Math.abs(largestLoss) >= 1 ? { clipped: true } : {}) };
}
