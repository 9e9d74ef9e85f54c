import * as tf from '@tensorflow/tfjs';
import { uniformFloat64 } from 'pure-rand/distribution/uniformFloat64';
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus';
import { describe, expect, it } from 'vitest';
import { gradientMultiples } from '../../callbacks/gradientMultiples.js';
import { certify } from '../../src/certificates/certify.js';
import type { StepRecord } from '../../src/certificates/stepRecord.js';
import { monitor } from '../../src/index.js';
import { nodeMissing, skipNode } from '../backends/nodeBackend.js';
import { guardWithOwned } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();

function uniforms(size: number, salt: number): Float32Array {
  const random = xoroshiro128plus(seed + salt);
  return Float32Array.from({ length: size }, () => 2 * uniformFloat64(random) - 1);
}

function variable(size: number, salt: number, name?: string): tf.Variable {
  return tf.tidy(() => tf.variable(tf.tensor1d(uniforms(size, salt)), true, name));
}

type Given = tf.NamedTensorMap | { name: string; tensor: tf.Tensor }[];

const named = (given: Given): { name: string; tensor: tf.Tensor }[] =>
  Array.isArray(given) ? given : Object.entries(given).map(([name, tensor]) => ({ name, tensor }));

/** `θ' = θ + cᵢ ∇L`, with a factor of its own for each variable. */
class EachItsOwn extends tf.SGDOptimizer {
  constructor(private readonly rates: Readonly<Record<string, number>>) {
    super(1);
  }
  override applyGradients(gradients: Given): void {
    for (const { name, tensor } of named(gradients)) {
      const variable = tf.engine().registeredVariables[name] as tf.Variable;
      tf.tidy(() => {
        variable.assign(tf.add(variable, tf.mul(tensor, this.rates[name] as number)));
      });
    }
  }
}

/** Plain gradient descent and then a little of θ itself. */
class Decaying extends tf.SGDOptimizer {
  override applyGradients(gradients: Given): void {
    super.applyGradients(gradients);
    for (const { name } of named(gradients)) {
      const variable = tf.engine().registeredVariables[name] as tf.Variable;
      tf.tidy(() => {
        variable.assign(tf.mul(variable, 0.999));
      });
    }
  }
}

describe('what an update is seen to be', () => {
  const own = guardWithOwned();
  const make = (): { variables: tf.Variable[]; gradients: tf.Tensor[] } => ({
    variables: [3, 5].map((size, i) => own(variable(size, i))),
    gradients: [3, 5].map((size, i) => own(tf.tensor1d(uniforms(size, 7 + i)))),
  });
  const seen = (
    { variables, gradients }: ReturnType<typeof make>,
    update: () => void,
    known: readonly (tf.Tensor | undefined)[] = gradients,
  ): readonly (number | undefined)[] => {
    const before = variables.map((each) => own(each.clone()));
    return gradientMultiples({ before, gradients: known }, variables, update);
  };
  const apply = (
    optimizer: tf.Optimizer,
    { variables, gradients }: ReturnType<typeof make>,
    given = gradients,
  ): (() => void) => {
    own(optimizer);
    return () => {
      optimizer.applyGradients(Object.fromEntries(variables.map(({ name }, i) => [name, given[i] as tf.Tensor])));
    };
  };

  it('gradient descent: minus η, as float32 has it', () => {
    const step = make();
    expect(seen(step, apply(tf.train.sgd(0.1), step))).toEqual([Math.fround(-0.1), Math.fround(-0.1)]);
  });

  it('a factor for each, and the sum written the other way round', () => {
    const step = make();
    const rates = { [step.variables[0]?.name as string]: -0.5, [step.variables[1]?.name as string]: 2 };
    expect(seen(step, apply(new EachItsOwn(rates), step))).toEqual([-0.5, 2]);
  });

  it.each([
    ['adam', () => tf.train.adam(0.1)],
    ['adamax', () => tf.train.adamax(0.1)],
    ['adagrad', () => tf.train.adagrad(0.1)],
    ['rmsprop', () => tf.train.rmsprop(0.1)],
    ['adadelta', () => tf.train.adadelta(0.1)],
    ['gradient descent with decay', () => new Decaying(0.1)],
  ])('nothing of the kind: %s', (_, make_) => {
    const step = make();
    for (let i = 0; i < 2; i++) expect(seen(step, apply(make_(), step))).toEqual([undefined, undefined]);
  });

  it('nothing where other gradients are applied, where θ is not where it began, or where one was not reached', () => {
    const step = make();
    const clipped = step.gradients.map((gradient) => own(tf.clipByValue(gradient, -0.1, 0.1)));
    expect(seen(step, apply(tf.train.sgd(0.1), step, clipped))).toEqual([undefined, undefined]);
    const moved = (): void => {
      tf.tidy(() => {
        step.variables[0]?.assign(tf.add(step.variables[0], 1));
      });
      apply(tf.train.sgd(0.5), step)();
    };
    expect(seen(step, moved)).toEqual([undefined, -0.5]);
    expect(seen(step, apply(tf.train.sgd(0.5), step), [undefined, step.gradients[1]])).toEqual([undefined, -0.5]);
  });

  it('nothing where the gradient of another variable of the same size is applied, or another θ gone on from', () => {
    const sizes = [4, 4];
    const variables = sizes.map((size, i) => own(variable(size, i)));
    const gradients = sizes.map((size, i) => own(tf.tensor1d(uniforms(size, 7 + i))));
    const step = { variables, gradients };
    expect(seen(step, apply(tf.train.sgd(0.5), step, [...gradients].reverse()))).toEqual([undefined, undefined]);
    const fromAnother = (): void => {
      tf.tidy(() => {
        variables[1]?.assign(tf.add(tf.mul(-0.5, gradients[1] as tf.Tensor), variables[0] as tf.Variable));
      });
    };
    expect(seen(step, fromAnother)).toEqual([undefined, undefined]);
  });
});

describe.skipIf(skipNode)(
  `large variables on the backend of tfjs-node${nodeMissing === null ? '' : ` (${nodeMissing})`}`,
  () => {
    const own = guardWithOwned('tensorflow');
    const size = 20_000;
    const names = ['first', 'second'];
    let made = 0;

    interface Truth {
      readonly yy: number;
      readonly gg: number;
      readonly yg: number;
      readonly psi: number;
    }

    /** Trains `Σ s(θ − c)²/2` of two large variables and one small one, and what each step was in float64. */
    async function train(
      optimizer: (variables: readonly tf.Variable[]) => tf.Optimizer,
      steps: number,
      between: (step: number, variables: readonly tf.Variable[]) => void = () => undefined,
    ): Promise<{ record: StepRecord; truth: Truth }[]> {
      const salt = made++;
      const variables = [...names, 'small'].map((name, i) => own(variable(i < 2 ? size : 50, i, `${name}-${salt}`)));
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
      // Step 31 of the track, counted from 1, is its 32nd.
      const anew = run.flatMap(({ record }, i) =>
        i === 0 || Math.abs(roundingOf(record) / roundingOf(run[i - 1]?.record as StepRecord) - 1) > 1e-9 ? [i] : [],
      );
      expect(anew, `seed ${seed}`).toEqual([0, 31, 63]);
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
      expect(roundingOf(run[5]?.record as StepRecord)).toBeGreaterThan(1e6 * roundingOf(run[4]?.record as StepRecord));
      // η is a millionth of what rounding leaves: the update is rounding for the most part.
      for (const { record } of await train(() => tf.train.sgd(1e-7), 3)) expect(dotErrorOf(record)).toBeLessThan(1e-5);
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
  },
);
