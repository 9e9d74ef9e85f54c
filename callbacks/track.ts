import * as tf from '@tensorflow/tfjs';
import type { Survey } from './evaluation.js';
import type { EarlierMultiple } from './displacement.js';
import type { Examination } from './hessian/examination.js';
import { isSameList } from './isSameList.js';
import type { Plan } from './measurable.js';
import type { Belief } from './slope.js';
import type { Velocity } from './inertia.js';
import type { GeometryState } from '../src/geometry/geometryOverTime.js';
import { Spending } from './spending.js';
import type { Unfinished } from './unfinished.js';

/**
 * What is remembered from step to step of one loss and one list of variables on one backend: a GAN's two players are two tracks.
 * No tensors but those that unfinished work holds.
 */
export interface Track {
  /** Steps seen so far: what schedules are asked with. */
  steps: number;
  /** What the schedules said when they were asked last. */
  planned: Plan | null;
  survey: Survey | null;
  /** Largest `‖y‖` so far. */
  yNormMax: number;
  /** What `J` is taken for elsewhere, and the `‖y‖` it was measured at. */
  jitter: { readonly elsewhere: number; readonly yNorm: number } | null;
  /** `σ` and the loss it was measured at. */
  lossNoise: { readonly value: number; readonly loss: number } | null;
  /** Last `(y·Δ)/(Δ·Δ)` of each variable: where the next one probably is. */
  readonly rho: number[];
  /** Of each variable that is moved by multiples of its gradient: what was measured in full last; `null`: it is to be measured so for a while. */
  readonly multiples: (EarlierMultiple | null | undefined)[];
  /** `‖θ‖²` of each variable and the step it was measured at. */
  readonly thetaSquared: number[];
  /** Powers of two that bring `y` and `Δ` into the range a device squares without loss. */
  deviceScale: { readonly y: number; readonly d: number };
  /** The loss, in magnitude, where the noise of the gradient was glanced at last, or it was seen that it can't be; NaN: nowhere. */
  glancedAt: number;
  /** Is the gradient what losses beside θ have it? */
  slope: Belief;
  /** Gradients' worth of extra measuring that may be spent now. */
  allowance: number;
  /** A second call of the loss was found to give another loss: why. */
  unfaithful: string | null;
  /** Was it checked that a second call gives the same loss? */
  checked: boolean;
  /** What the last product with the Hessian found out of this loss, and how many steps ago; `null`: to be examined anew. */
  examination: Examination | null;
  examined: number;
  /** The Ritz vector of the smallest eigenvalue measured last, where warm starts are asked for: `D` numbers. */
  ritzVector: Float64Array | null;
  /** What the geometry over time remembers, where it is followed. */
  geometry: GeometryState | null;
  /** Curvature of an earlier step that is still being measured. */
  unfinished: Unfinished | null;
  /** The step at which a suspicion last had the curvature measured. */
  suspicionAt: number;
  /** What the last step left the optimizer with. */
  velocity: Velocity | null;
  readonly spending: Spending;
  /** Running mean and variance of the loss, to notice a spike. */
  lossMean: number;
  lossVariance: number;
}

const newTrack = (allowance: number, now: () => number): Track => ({
  steps: 0,
  planned: null,
  survey: null,
  yNormMax: 0,
  jitter: null,
  lossNoise: null,
  rho: [],
  multiples: [],
  thetaSquared: [],
  deviceScale: { y: 1, d: 1 },
  glancedAt: Number.NaN,
  slope: 'open',
  allowance,
  unfaithful: null,
  checked: false,
  examination: null,
  examined: 0,
  ritzVector: null,
  geometry: null,
  unfinished: null,
  velocity: null,
  suspicionAt: Number.NEGATIVE_INFINITY,
  spending: new Spending(now),
  lossMean: Number.NaN,
  lossVariance: 0,
});

/** The tracks of one owner (an optimizer, or a loss that is observed), found by their variables. */
export class Tracks {
  readonly #byVariables = new Map<string, Track>();
  /** Asked for last, and probably next: a key takes some microseconds to make. */
  #last: { readonly backend: string; readonly variables: readonly tf.Variable[]; readonly track: Track } | null = null;

  constructor(
    private readonly allowance: number,
    private readonly now: () => number,
  ) {}

  of(variables: readonly tf.Variable[]): Track {
    const last = this.#last;
    if (last?.backend === tf.getBackend() && isSameList(last.variables, variables)) return last.track;
    // Noise is the backend's own: on another one it is measured anew.
    const key = `${tf.getBackend()}: ${variables.map((variable) => variable.id).join(',')}`;
    const known = this.#byVariables.get(key);
    const track = known ?? newTrack(this.allowance, this.now);
    this.#byVariables.set(key, track);
    this.#last = { backend: tf.getBackend(), variables, track };
    return track;
  }
}
