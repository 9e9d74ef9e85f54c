import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { certify } from '../../src/certificates/certify.js';
import type { StepRecord } from '../../src/certificates/stepRecord.js';
import { monitor } from '../../src/index.js';
import { nodeMissing, skipNode } from '../backends/nodeBackend.js';
import { guardWithOwned } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';
import { Decaying, EachItsOwn, uniformsFrom, variableOf } from '../oracles/updates.js';

const seed = anySeed();
const uniforms = (size: number, salt: number): Float32Array => uniformsFrom(seed + salt, size);

describe.skipIf(skipNode)(
  `large variables on the backend of tfjs-node${nodeMissing === null ? '' : ` (${nodeMissing})`}`,
  () => {
    describe.each([20_000, 5_000])('%i entries', (size) => {
      const own = guardWithOwned('tensorflow');

      const names = ['first', 'second'];
      let made = 0;

      interface Truth {
        readonly yy: number;
        readonly gg: number;
        readonly yg: number;
        readonly psi: number;
      }

      /** Trains `Σ(θ − c)²` of two large variables and one small one, and what each step was in float64. */
      async function train(
        optimizer: (variables: readonly tf.Variable[]) => tf.Optimizer,
        steps: number,
        between: (step: number, variables: readonly tf.Variable[]) => void = () => undefined,
      ): Promise<{ record: StepRecord; truth: Truth }[]> {
        const salt = made++;
        const variables = [...names, 'small'].map((name, i) =>
          own(variableOf(uniforms(i < 2 ? size : 50, i), `${name}-${salt}`)),
        );
        const centres = variables.map((variable, i) => own(tf.tensor1d(uniforms(variable.size, 10 + i))));
        const loss = (): tf.Scalar =>
          tf.tidy(() =>
            tf.addN(variables.map((variable, i) => tf.sum(tf.square(tf.sub(variable, centres[i] as tf.Tensor))))),
          );
        const watch = monitor({ preset: 'economy' });
        const records: StepRecord[] = [];
        watch.steps$.subscribe((record) => records.push(record));
        const rule = own(watch.wrap(optimizer(variables)));
        const truths: Truth[] = [];
        const numbers = (tensors: readonly tf.Tensor[]): Float32Array[] =>
          tensors.map((tensor) => tensor.dataSync<'float32'>());
        for (let step = 0; step < steps; step++) {
          between(step, variables);
          const before = numbers(variables);
          const { value, grads } = tf.variableGrads(loss, variables);
          const gradients = numbers(variables.map(({ name }) => grads[name] as tf.Tensor));
          tf.dispose([value, grads]);
          rule.minimize(loss, false, variables);
          const eta = Reflect.get(rule, 'learningRate') as number;
          const after = numbers(variables);
          const y = gradients.flatMap((each) => Array.from(each, (value) => -value));
          const d = after.flatMap((each, i) => Array.from(each, (value, n) => value - (before[i]?.[n] as number)));
          const sum = (term: (yi: number, di: number) => number): number =>
            y.reduce((total, yi, i) => total + term(yi, d[i] as number), 0);
          const yy = sum((yi) => yi * yi);
          const dd = sum((_, di) => di * di);
          const yd = sum((yi, di) => yi * di);
          const across = sum((yi, di) => (yi - (yd / dd) * di) ** 2);
          truths.push({
            yy,
            gg: dd / eta ** 2,
            yg: yd / eta,
            psi: Math.atan2(Math.sqrt(across / yy), yd / Math.sqrt(yy * dd)),
          });
        }
        await watch.detach();
        expect(records).toHaveLength(steps);
        return records.map((record, i) => ({ record, truth: truths[i] as Truth }));
      }

      const psiOf = (record: StepRecord): number => certify(record).metric?.psi ?? Number.NaN;
      /** The rounding across the gradient, `‖Δ‖² sin²ψ`, of the first variable. */
      const roundingOf = ({ variables }: StepRecord): number => {
        const { rejected, gg, yy } = variables[0] as StepRecord['variables'][number];
        return ((rejected as number) * gg) / yy;
      };
      /** The steps whose rounding is not that of the step before. */
      const goneThrough = (run: readonly { readonly record: StepRecord }[]): number[] =>
        run.flatMap(({ record }, i) =>
          i === 0 || Math.abs(roundingOf(record) / roundingOf(run[i - 1]?.record as StepRecord) - 1) > 1e-9 ? [i] : [],
        );
      const dotErrorOf = ({ noise, gram }: StepRecord): number =>
        (noise?.dotError ?? 0) / Math.sqrt((gram?.yy ?? 0) * (gram?.gg ?? 0));

      it.each([0.1, 1e-3, 1e-5, 1e-7])('gradient descent, η = %d: as in float64, within what it says', async (eta) => {
        for (const { record, truth } of await train(() => tf.train.sgd(eta), 36)) {
          const told = `seed ${seed}, step ${record.step}`;
          const { gram, noise } = record;
          expect(Math.abs((gram?.yy ?? 0) / truth.yy - 1), told).toBeLessThan(1e-6);
          expect(Math.abs((gram?.gg ?? 0) / truth.gg - 1), told).toBeLessThan(eta > 1e-4 ? 2e-5 : 1e-4);
          expect(Math.abs((gram?.yg ?? 0) - truth.yg), told).toBeLessThanOrEqual(
            (noise?.dotError ?? 0) + 3e-7 * Math.sqrt(truth.yy * truth.gg),
          );
          // Rounding is all that there is across the gradient.
          expect(Math.abs(psiOf(record) - truth.psi), told).toBeLessThan(3e-7 + 0.1 * truth.psi);
          expect(certify(record).alignment.state, told).toBe('holds');
          expect(certify(record).structure, told).toBe('scalar');
        }
      });

      it('is gone through now and then, and in between what was found is taken', async () => {
        const run = await train(() => tf.train.sgd(1e-3), 70);
        // Every 32nd, counted from 0.
        expect(goneThrough(run), `seed ${seed}`).toEqual([0, 31, 63]);
      });

      it('an update that was none of these is looked at again at the 32nd step after', async () => {
        const run = await train(() => new Decaying(1e-3, 10), 70);
        const first = Array.from({ length: 33 }, (_, i) => i);
        expect(goneThrough(run), `seed ${seed}`).toEqual([...first, 63]);
      });

      it('is gone through where θ was set to something else, or changes little of itself', async () => {
        const run = await train(
          () => tf.train.sgd(1e-3),
          12,
          (step, variables) => {
            if (step !== 5) return;
            tf.tidy(() => {
              variables[0]?.assign(tf.add(variables[0], 1e6));
            });
          },
        );
        for (const { record, truth } of run) {
          const told = `seed ${seed}, step ${record.step}`;
          expect(Math.abs((record.gram?.yg ?? 0) - truth.yg), told).toBeLessThanOrEqual(
            (record.noise?.dotError ?? 0) + 3e-7 * Math.sqrt(truth.yy * truth.gg),
          );
          expect(Math.abs(psiOf(record) / truth.psi - 1), told).toBeLessThan(0.1);
        }
        expect(roundingOf(run[5]?.record as StepRecord)).toBeGreaterThan(
          1e6 * roundingOf(run[4]?.record as StepRecord),
        );
        // η is a millionth of what rounding leaves: the update is rounding for the most part.
        for (const { record } of await train(() => tf.train.sgd(1e-7), 3))
          expect(dotErrorOf(record)).toBeLessThan(1e-5);
      });

      it('is gone through where one variable goes up nearly as much as another goes down', async () => {
        const rates: Record<string, number> = {};
        const balance = (_: number, variables: readonly tf.Variable[]): void => {
          const squares = variables.map((each, k) => {
            const centre = uniforms(each.size, 10 + k);
            return each.dataSync<'float32'>().reduce((sum, value, n) => sum + (value - (centre[n] as number)) ** 2, 0);
          });
          const [first, second, third] = squares as [number, number, number];
          const factors = [-1e-3, (0.9999e-3 * (first + third)) / second, -1e-3];
          variables.forEach(({ name }, k) => {
            rates[name] = factors[k] as number;
          });
        };
        for (const { record, truth } of await train(() => new EachItsOwn(rates), 4, balance)) {
          expect(Math.cos(truth.psi)).toBeLessThan(1e-4);
          const told = `seed ${seed}, step ${record.step}`;
          expect(dotErrorOf(record), told).toBeLessThan(1e-5);
          expect(Math.abs((record.gram?.yg ?? 0) - truth.yg), told).toBeLessThanOrEqual(
            1e-5 * Math.sqrt(truth.yy * truth.gg),
          );
        }
      });

      it('is gone through where little of the way is left of a θ that has grown', async () => {
        const rates: Record<string, number> = {};
        const climb = (step: number, variables: readonly tf.Variable[]): void => {
          for (const { name } of variables) rates[name] = step < 20 ? 0.5 : -1e-6;
        };
        for (const { record, truth } of await train(() => new EachItsOwn(rates), 24, climb))
          expect(Math.abs((record.gram?.yg ?? 0) - truth.yg), `seed ${seed}, step ${record.step}`).toBeLessThanOrEqual(
            (record.noise?.dotError ?? 0) + 3e-7 * Math.sqrt(truth.yy * truth.gg),
          );
      });

      it('one that hardly moves is gone through, however far the others go', async () => {
        const rates = (variables: readonly tf.Variable[]): Record<string, number> =>
          Object.fromEntries(variables.map(({ name }, i) => [name, i === 0 ? -1e-7 : -1e-2]));
        const ways: number[] = [];
        let from: Float32Array | null = null;
        const noteWay = (_: number, [first]: readonly tf.Variable[]): void => {
          const to = first?.dataSync<'float32'>() ?? new Float32Array();
          if (from !== null) ways.push(to.reduce((sum, value, i) => sum + (value - (from?.[i] ?? 0)) ** 2, 0));
          from = to;
        };
        const run = await train((variables) => new EachItsOwn(rates(variables)), 5, noteWay);
        expect(ways).toHaveLength(4);
        ways.forEach((way, step) => {
          const gg = run[step]?.record.variables[0]?.gg ?? 0;
          expect(Math.abs(gg / way - 1), `seed ${seed}, step ${step}`).toBeLessThan(1e-6);
        });
      });

      it('Adam and gradient descent with decay are gone through at every step', async () => {
        for (const optimizer of [() => tf.train.adam(1e-3), () => new Decaying(1e-3)])
          for (const { record } of await train(optimizer, 3)) expect(dotErrorOf(record)).toBeLessThan(1e-5);
      });
    });
  },
);
