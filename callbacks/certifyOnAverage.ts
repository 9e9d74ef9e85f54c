import * as tf from '@tensorflow/tfjs';
import { mersenne } from 'pure-rand/generator/mersenne';
import { addDraw, type AverageState, emptyAverage, obstructed } from '../src/certificates/average.js';
import { type AverageCertificate, certifyAverage } from '../src/certificates/certifyAverage.js';
import { looksOf } from '../src/certificates/looks.js';
import { meanValueNodes } from '../src/geometry/discreteGradients/meanValue.js';
import { coarseness, isOnDevice } from './isOnDevice.js';
import { Assignments, whileNotingReads } from './assignments.js';
import { resultOf } from './arithmetic.js';
import { type AverageOptions, checkAverageOptions, type CheckedSettings } from './averageOptions.js';
import { alias } from './alias.js';
import { Evaluation } from './evaluation.js';
import { staircase } from './staircase.js';
import { whileReplaced } from './whileReplaced.js';
import { absoluteDot, squaredNorm } from './gramKernel.js';
import { readAsync } from './hessian/reads.js';
import { lossGradients } from './lossGradients.js';
import { noiseAtPoint } from './noiseAtPoint.js';
import { numbersOf, scalarOf } from './numbersOf.js';
import { asTrainable } from './observe.js';
import { pointTrouble } from './pointTrouble.js';
import { scalarLoss } from './scalarLoss.js';

const who = 'certifyOnAverage';
/** A page is given back the thread after so many milliseconds of draws. */
const patience = 40;

type Rule = CheckedSettings & Pick<AverageOptions, 'loss' | 'variables' | 'draw'> & { readonly learningRate: number };

/** Where along a step the gradient is asked for, and what it counts. */
const nodes: Readonly<Record<Rule['discreteGradient'], readonly { s: number; weight: number }[]>> = {
  midpoint: [{ s: 0.5, weight: 1 }],
  'mean-value': meanValueNodes,
  projected: [],
};

/**
 * In what sense is a stochastic rule natural gradient descent on average, at the θ the variables are at [SSK24, eqs. (19)–(20)]?
 * Answers three questions apart, each with a confidence interval: does the loss fall on average, is there a metric for the mean
 * discrete gradient (`ȳ·ḡ > 0`), is there an average natural gradient (`y·ḡ > 0`). Each interval covers by itself.
 *
 * Costs, besides the draws themselves, a loss and a gradient a draw and, once, thirteen losses and five gradients, most of them to measure
 * what rounding does. Keeps some ten vectors of the size of θ, however many draws there are. The
 * variables, the state of an optimizer and `Math.random` (but for what `draw` takes of it) are as before.
 *
 * @throws RangeError, TypeError naming the option, before anything runs, or that `loss` gives no scalar, before anything is drawn; whatever
 * `loss` or `draw` throw, everything put back.
 */
export async function certifyOnAverage(options: AverageOptions): Promise<AverageCertificate> {
  const settings = checkAverageOptions(who, options);
  const point = new Point({ ...options, ...settings });
  try {
    return await point.certify();
  } finally {
    point.dispose();
  }
}

/** A rule at one θ: everything it changes is put back before anybody else runs. */
class Point {
  readonly #rule: Rule;
  readonly #evaluation: Evaluation;
  readonly #theta: readonly tf.Tensor[];
  /** The variables a loss depends on. */
  readonly #read = new Set<tf.Variable>();
  #gradients: readonly tf.Tensor[] = [];
  #thetaNumbers = new Float64Array(0);
  /** The update of the draw at hand and the mean gradient along it: the same memory for all draws. */
  #g = new Float64Array(0);
  #along = new Float64Array(0);
  #progressing = true;

  constructor(rule: Rule) {
    this.#rule = rule;
    this.#evaluation = new Evaluation(scalarLoss(who, rule.loss), null, null, isOnDevice());
    this.#theta = rule.variables.map(alias);
  }

  dispose(): void {
    this.#evaluation.dispose();
    tf.dispose([...this.#theta, ...this.#gradients]);
  }

  async certify(): Promise<AverageCertificate> {
    const looks = new Set(looksOf(this.#rule));
    let state = await this.#start();
    let since = performance.now();
    try {
      for (;;) {
        const due = looks.has(state.draws) || state.obstacle !== null;
        const certificate = due ? this.#look(state) : null;
        const done = certificate !== null && certificate.stopped !== null;
        if (state.draws > 0 || done) this.#progress(state.draws, done);
        if (certificate !== null && done) return certificate;
        state = await this.#drawn(state);
        if (performance.now() - since > patience) {
          await tf.nextFrame();
          since = performance.now();
        }
      }
    } catch (error) {
      this.#progress(state.draws, true);
      throw error;
    }
  }

  /** What can be said by now. */
  #look(state: AverageState): AverageCertificate {
    const { point } = state;
    const noise = point.noise && { ...point.noise, ...staircase(this.#evaluation, point.lossBefore) };
    return certifyAverage({ ...state, point: { ...point, noise } }, { discreteGradient: this.#rule.discreteGradient });
  }

  /** The loss and its gradient at θ. A loss that is random draws from a generator of our own, the same numbers each time. */
  async #start(): Promise<AverageState> {
    const { variables, learningRate, seed, draws, confidence, stop } = this.#rule;
    const assignments = new Assignments();
    const generator = mersenne(seed);
    const random = (): number => (generator.next() >>> 0) / 2 ** 32;
    const asked = pointTrouble(variables, this.#theta);
    let first: { value: tf.Scalar; grads: tf.NamedTensorMap };
    try {
      first = whileReplaced(Math, 'random', random, () =>
        assignments.run(() =>
          whileNotingReads(this.#read, () =>
            asTrainable(variables, () => lossGradients(this.#evaluation.first, variables)),
          ),
        ),
      );
    } finally {
      assignments.restore();
    }
    const { value, grads } = first;
    this.#gradients = variables.map((variable) => grads[variable.name] ?? tf.zerosLike(variable));
    let again: tf.Scalar;
    try {
      again = this.#evaluation.undisturbed((loss) => loss());
    } catch (error) {
      value.dispose();
      throw error;
    }
    const gradients = await numbersOf(this.#gradients);
    const theta = await numbersOf(this.#theta);
    this.#thetaNumbers = theta;
    this.#g = new Float64Array(theta.length);
    this.#along = new Float64Array(theta.length);
    const [lossBefore, second] = await Promise.all([scalarOf(value), scalarOf(again), this.#seen()]);
    const state = emptyAverage(
      {
        y: gradients.map((each) => -each),
        lossBefore,
        learningRate,
        noise: {
          yNormMax: Math.sqrt(squaredNorm(gradients)),
          gradientJitter: null,
          logarithmic: this.#evaluation.survey?.logarithmic ?? null,
          ...staircase(this.#evaluation, lossBefore),
          absYTheta: absoluteDot(gradients, theta),
          lossNoise: null,
          roundingNorm: 0,
          ...(isOnDevice() ? { coarseness } : {}),
        },
      },
      { draws, confidence, stop },
    );
    const trouble = (await asked) ?? this.#evaluation.wrongGradient;
    if (trouble !== null) return obstructed(state, trouble);
    const stateful = this.#evaluation.survey?.layers.find((layer) => layer.stateful);
    if (stateful)
      return obstructed(
        state,
        `layer "${stateful.name}" carries state from call to call: the loss is not one of θ alone`,
      );
    if (!Object.is(lossBefore, second) || this.#evaluation.diverged)
      return obstructed(state, 'the loss gives another value when it is evaluated a second time at the same θ');
    if (state.lossObstacle !== null) return obstructed(state, state.lossObstacle);
    return this.#withNoise(state);
  }

  /** One draw more: its update, the loss after it, its discrete gradient; everything is back at θ before anything is waited for. */
  async #drawn(state: AverageState): Promise<AverageState> {
    const { discreteGradient } = this.#rule;
    const drawn = this.#draw(state.draws + 1);
    if (typeof drawn === 'string') return obstructed(state, drawn);
    let along: tf.Tensor[][] = [];
    let after: tf.Scalar | null = null;
    const asked = pointTrouble(this.#rule.variables, drawn);
    try {
      after = this.#at(drawn, 1, (loss) => loss());
      along = nodes[discreteGradient].map(({ s }) => this.#gradientAt(drawn, s));
      const g = await this.#update(drawn);
      const lossAfter = await scalarOf(after);
      after = null;
      await this.#seen();
      const trouble = await asked;
      if (trouble !== null) return obstructed(state, trouble);
      if (along.length === 0 || !Number.isFinite(lossAfter)) return addDraw(state, { g, lossAfter });
      return addDraw(state, { g, lossAfter, from: await this.#mean(along) });
    } finally {
      tf.dispose([...drawn, ...along.flat(), ...(after ? [after] : [])]);
    }
  }

  /** θ' of one draw; or why it can't be used. */
  #draw(index: number): tf.Tensor[] | string {
    const { variables, draw } = this.#rule;
    const assignments = new Assignments();
    let returned: unknown;
    try {
      assignments.run(() => {
        tf.tidy(() => {
          returned = draw();
        });
      });
      const lost = variables.find((variable) => variable.isDisposed);
      if (lost)
        throw new Error(`${who}: expected \`draw\` to keep the variables, but "${lost.name}" was disposed by it`);
      if (returned instanceof Promise)
        throw new TypeError(`${who}: expected \`draw\` to be synchronous, as it runs in a tf.tidy; got a promise`);
      return this.#strangers(assignments, index) ?? variables.map(alias);
    } catch (error) {
      if (assignments.misfit === null) throw error;
      return `draw ${index} changes ${assignments.misfit}`;
    } finally {
      assignments.restore();
    }
  }

  /** Has a draw changed what it did not name? What isn't trained, and what an optimizer keeps for itself, is put back and no more. */
  #strangers(assignments: Assignments, index: number): string | null {
    const named = new Set(this.#rule.variables);
    for (const [variable, byHand] of assignments) {
      if (named.has(variable) || !variable.trainable) continue;
      if (byHand || this.#read.has(variable))
        return `draw ${index} changes "${variable.name}", a trainable variable that \`variables\` does not name`;
    }
    return null;
  }

  /** Reads back what was looked at on a device. */
  async #seen(): Promise<void> {
    const looks = this.#evaluation.takeLooks(false);
    if (looks !== null) await readAsync(resultOf(looks));
  }

  /** Runs `body` with the variables at `θ + s (θ' − θ)`, undisturbed. */
  #at<T extends tf.TensorContainer>(after: readonly tf.Tensor[], s: number, body: (loss: () => tf.Scalar) => T): T {
    return this.#evaluation.undisturbed((loss) => {
      this.#rule.variables.forEach((variable, i) => {
        const [from, to] = [this.#theta[i] as tf.Tensor, after[i] as tf.Tensor];
        variable.assign(s === 1 ? to : tf.add(from, tf.mul(tf.sub(to, from), s)));
      });
      return body(loss);
    });
  }

  /** The negative gradient at `θ + s (θ' − θ)`. */
  #gradientAt(after: readonly tf.Tensor[], s: number): tf.Tensor[] {
    const { variables } = this.#rule;
    return this.#at(after, s, (loss) => {
      const { grads } = asTrainable(variables, () => lossGradients(loss, variables));
      return variables.map((variable) => tf.neg(grads[variable.name] ?? tf.zerosLike(variable)));
    });
  }

  /** `(θ' − θ)/η`. */
  async #update(after: readonly tf.Tensor[]): Promise<Float64Array> {
    const g = await numbersOf(after, this.#g);
    const theta = this.#thetaNumbers;
    const { learningRate: eta } = this.#rule;
    for (let i = 0; i < g.length; i++) g[i] = ((g[i] as number) - (theta[i] as number)) / eta;
    return g;
  }

  /** The weighted mean of the negative gradients along a step. */
  async #mean(along: readonly tf.Tensor[][]): Promise<Float64Array> {
    const [only, ...others] = along;
    if (only && others.length === 0) return numbersOf(only, this.#along);
    const weights = nodes[this.#rule.discreteGradient];
    const mean = this.#along.fill(0);
    for (const [k, tensors] of along.entries()) {
      const weight = weights[k]?.weight ?? 0;
      const y = await numbersOf(tensors);
      for (let i = 0; i < y.length; i++) mean[i] = (mean[i] as number) + weight * (y[i] as number);
    }
    return mean;
  }

  /** With what rounding does to the loss and to its gradient, if that is what the loss changes by. */
  async #withNoise(state: AverageState): Promise<AverageState> {
    const { noise } = state.point;
    if (noise === null || state.obstacle !== null) return state;
    const { variables, seed } = this.#rule;
    const found = await noiseAtPoint(this.#evaluation, variables, this.#theta, this.#gradients, seed);
    if (typeof found === 'string') return obstructed(state, found);
    return { ...state, point: { ...state.point, noise: { ...noise, ...found } } };
  }

  #progress(draws: number, done: boolean): void {
    const { onProgress, draws: of } = this.#rule;
    if (!onProgress || !this.#progressing) return;
    try {
      onProgress({ draws, of, done });
    } catch (fault) {
      this.#progressing = false;
      console.warn(`${who}: \`onProgress\` threw and is called no more:`, fault);
    }
  }
}
