import * as tf from '@tensorflow/tfjs';
import { xorshift128plus } from 'pure-rand/generator/xorshift128plus';
import { describe, expect, it, vi } from 'vitest';
import {
  type Certificate,
  certify,
  memorySink,
  monitor,
  type MonitorOptions,
  type StepRecord,
} from '../../src/index.js';
import { guardWithOwned } from '../oracles/leakGuard.js';
import { anySeed } from '../oracles/seed.js';

const mine = guardWithOwned();

const seed = anySeed();
const random = (() => {
  const generator = xorshift128plus(seed);
  return () => (generator.next() >>> 0) / 2 ** 32;
})();

const variable = (values: number[]) => mine(tf.tidy(() => tf.variable(tf.tensor1d(values))));
const curvatures = [1, 0.5, 0.25];

/** `½ θᵀHθ` with the curvatures above. */
function quadratic() {
  const theta = variable(curvatures.map(() => 1 + random()));
  const h = mine(tf.tensor1d(curvatures));
  return { theta, loss: () => tf.tidy(() => theta.square().mul(h).sum().mul(0.5).asScalar()) };
}

function watching(options: MonitorOptions) {
  const sink = memorySink();
  const watch = monitor({ preset: 'full', stepSize: 'never', sinks: [sink], ...options });
  const lines = <K extends (typeof sink.lines)[number]['kind']>(kind: K) =>
    sink.lines.filter((line): line is Extract<typeof line, { kind: K }> => line.kind === kind);
  return { watch, lines };
}

function momentum(eta: number, mu: number, nesterov = false): tf.MomentumOptimizer {
  const optimizer = tf.train.momentum(eta, mu, nesterov);
  mine({
    dispose: () => {
      optimizer.dispose();
      tf.SGDOptimizer.prototype.dispose.call(optimizer);
    },
  });
  return optimizer;
}

/** Two steps back after three forward: up on 40 % of the steps, down over every five. */
const factor = (i: number): number => (i % 5 < 2 ? 1.1 : 0.8);

describe('windows', () => {
  /** What is aimed at, at an offset: rounded once, as data are. */
  const goalOf = (offset: tf.Scalar): tf.Tensor => tf.tensor1d([0.2, 0.1, -0.3]).add(offset);

  it('a run that goes up on 40 % of its steps and falls over every 20 is effective with T <= 20: observe', async () => {
    const { theta, loss } = quadratic();
    const { watch, lines } = watching({ window: 20 });
    for (let i = 0; i < 60; i++)
      await watch.observe({
        loss,
        variables: [theta],
        update: () => {
          tf.tidy(() => {
            theta.assign(theta.mul(factor(i)));
          });
        },
      });
    await watch.detach();
    const windows = lines('window');
    // The last is closed by the loss after the last step.
    expect(windows.map(({ from, step }) => [from, step])).toEqual([
      [0, 19],
      [20, 39],
      [40, 59],
    ]);
    for (const window of windows) {
      expect(window.effective.state).toBe('holds');
      expect(window.smallestEffective).toBeGreaterThan(1);
      expect(window.smallestEffective).toBeLessThanOrEqual(20);
      if (window.alignment.state === 'holds') expect(window.metric?.dimension).toBe(60);
    }
    expect(lines('certificate').filter(({ effective }) => effective.state === 'fails').length).toBe(24);
    expect(watch.summary()).toMatch(/windows: over 3 of 3 the fixed loss fell, over 0 it rose; it fell over every \d+/);
  });

  it.each([
    ['every loss after measured', {}],
    ['a measure at every step', { effective: 'never' as const, measured: true }],
  ])(
    'the same through wrap on a full batch: %s',
    async (_, { measured = false, ...options }: { measured?: boolean }) => {
      const { theta, loss } = quadratic();
      const { watch, lines } = watching({
        ...options,
        window: { size: 20, stride: 10 },
        ...(measured ? { measure: { loss, schedule: 'always' } } : {}),
      });
      const optimizer = watch.wrap(mine(tf.train.sgd(0.3)));
      for (let i = 0; i < 50; i++) {
        optimizer.setLearningRate(i % 5 < 2 ? 2.05 : 0.15);
        optimizer.minimize(loss, false, [theta]);
      }
      await watch.detach();
      const windows = lines('window').filter(({ from }) => !measured || from > 0);
      // Nothing is known of a measure before the first step of a run; after the last one it is.
      expect(windows.length).toBe(measured ? 3 : 4);
      for (const window of windows) {
        expect([window.effective.state, window.effective.reason]).toEqual(['holds', expect.stringContaining('fell')]);
        expect(window.smallestEffective).toBeLessThanOrEqual(20);
      }
    },
  );

  it('a measure whose terms cancel decides nothing that float64 does not, and is not noticed', async () => {
    const lies: string[] = [];
    let claims = 0;
    for (let run = 0; run < 8; run++) {
      const ends: number[][] = [];
      for (const watched of [true, false]) {
        const theta = variable([1 + run / 10, -0.5, 0.25]);
        const offset = mine(tf.scalar(run % 2 ? 30_000 : 0));
        const [goal, far] = [variable([0.2, 0.1, -0.3]), mine(tf.tidy(() => goalOf(offset)))];
        const measure = (): tf.Scalar => tf.tidy(() => theta.add(offset).sub(far).square().mean().asScalar());
        const { watch, lines } = watching({
          window: 3,
          ...(watched ? { measure: { loss: measure, schedule: 'always' } } : {}),
        });
        const optimizer = watch.wrap(mine(tf.train.sgd(0.05)));
        const thetas = [Array.from(theta.dataSync())];
        for (let i = 0; i < 60; i++) {
          const away = [1, 2, 3].map((k) => 0.02 * Math.sin(7 * i + k));
          optimizer.minimize(() => tf.tidy(() => theta.sub(goal).add(away).square().sum().asScalar()), false, [theta]);
          thetas.push(Array.from(theta.dataSync()));
        }
        await watch.detach();
        ends.push(thetas.at(-1)!);
        if (!watched) continue;
        const [c, f] = [offset.dataSync()[0]!, Array.from(far.dataSync())];
        const exact = (at: number[]): number => at.reduce((sum, each, i) => sum + (each + c - f[i]!) ** 2 / 3, 0);
        for (const { from, step, effective } of lines('window')) {
          if (effective.state !== 'holds' && effective.state !== 'fails') continue;
          claims++;
          const fell = exact(thetas[from]!) - exact(thetas[step + 1]!);
          if ((effective.state === 'holds') !== fell > 0)
            lies.push(`run ${run}: ${JSON.stringify(effective)}, ${fell}`);
        }
      }
      expect(ends[0]).toEqual(ends[1]);
    }
    expect(lies).toEqual([]);
    expect(claims).toBeGreaterThan(40);
  });

  it('a measure that throws, or was taken before the weights were set anew, is none', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const { theta, loss } = quadratic();
    let broken = false;
    const measure = (): tf.Scalar => {
      if (broken) throw new Error('no held-out data');
      return loss();
    };
    const { watch, lines } = watching({ window: 2, measure: { loss: measure, schedule: 'always' } });
    for (let run = 0; run < 2; run++) {
      const optimizer = watch.wrap(mine(tf.train.sgd(0.1)));
      for (let i = 0; i < 3; i++) {
        broken = run === 1 && i === 1;
        optimizer.minimize(loss, false, [theta]);
      }
      tf.tidy(() => {
        theta.assign(theta.mul(100));
      });
    }
    await watch.detach();
    const [first, , third, fourth, fifth, sixth] = lines('step');
    expect(lines('step').length).toBe(6);
    expect([first!.measure, fourth!.measure]).toEqual([undefined, undefined]);
    expect(third!.measureAfter).toBeLessThan(third!.measure!);
    expect([fifth!.measureAfter, sixth!.measure]).toEqual([undefined, undefined]);
    expect(sixth!.measureAfter).toBeGreaterThan(0);
    expect(warn.mock.calls.flat().join()).toContain('the measure threw, and the training goes on: no held-out data');
    warn.mockRestore();
  });

  it('losses of different batches are not taken for one, and their change is split', async () => {
    const { theta } = quadratic();
    const batches = [variable([1, 0, 0]), variable([0, 1, 1])];
    const { watch, lines } = watching({ window: 4 });
    const optimizer = watch.wrap(mine(tf.train.sgd(0.1)));
    for (let i = 0; i < 9; i++)
      optimizer.minimize(
        () =>
          tf.tidy(() =>
            theta
              .mul(batches[i % 2] as tf.Tensor)
              .square()
              .sum()
              .asScalar(),
          ),
        false,
        [theta],
      );
    await watch.detach();
    for (const { effective, smallestEffective } of lines('window')) {
      expect(effective).toMatchObject({
        state: 'unresolved',
        reason: expect.stringContaining('different batches') as string,
      });
      expect(smallestEffective).toBeNull();
    }
    const records = lines('step');
    const { change } = watch.summaryData();
    expect(change.steps).toBe(8);
    const total = (records.at(-1)?.lossBefore ?? NaN) - (records[0]?.lossBefore ?? NaN);
    expect(change.bySteps + change.byChange).toBeCloseTo(total, 9);
    expect(watch.summary()).toContain('by the change of batch');
  });

  it('a new run begins a new window, and a run shorter than one is told', async () => {
    const { theta, loss } = quadratic();
    const { watch, lines } = watching({ window: 4 });
    for (let run = 0; run < 2; run++) {
      const optimizer = watch.wrap(mine(tf.train.sgd(0.1)));
      for (let i = 0; i < 6; i++) optimizer.minimize(loss, false, [theta]);
    }
    await watch.detach();
    expect(lines('window').map(({ from }) => from)).toEqual([0, 6]);
    const { watch: short } = watching({ window: 7 });
    await short.observe({ loss, variables: [theta], update: () => undefined });
    await short.detach();
    expect(short.summary()).toContain('no window: the run ended after 1 of 7 steps');
  });

  it.each([
    [{ window: { size: 0 } }, /option `window/],
    [{ window: { size: 3, stride: 0 } }, /option `window/],
    [{ window: -1 }, /option `window` to be an integer >= 0, got -1/],
    [{ energy: 3 }, /option `energy` to be true or a function/],
    [{ windows: 3 }, /unknown/],
  ])('%j is refused by name', (options, message) => {
    expect(() => monitor(options as MonitorOptions)).toThrow(message);
  });
});

describe('energy', () => {
  it.each([
    ['guaranteed', 0.05, 0.9, true],
    ['not guaranteed', 1.5, 0.9, false],
  ])('heavy ball, %s: as the float64 oracle has it', async (_, eta, mu, guaranteed) => {
    const { theta, loss } = quadratic();
    let at = Array.from(theta.dataSync());
    let v = at.map(() => 0);
    const { watch, lines } = watching({ stepSize: 'always' });
    const optimizer = watch.wrap(momentum(eta, mu));
    for (let i = 0; i < 20; i++) optimizer.minimize(loss, false, [theta]);
    await watch.detach();
    const value = (x: number[]): number =>
      x.reduce((sum, each, k) => sum + 0.5 * (curvatures[k] ?? 0) * each * each, 0);
    const square = (x: number[]): number => x.reduce((sum, each) => sum + each * each, 0);
    let resolved = 0;
    for (const { energy } of lines('certificate')) {
      const next = v.map((each, k) => mu * each - eta * (curvatures[k] ?? 0) * (at[k] ?? 0));
      const then = at.map((each, k) => each + (next[k] ?? 0));
      const fell = value(at) - value(then) + (mu / eta / 2) * (square(v) - square(next));
      expect(Math.abs((energy?.value ?? NaN) - fell), `seed ${seed}`).toBeLessThan(energy?.tolerance ?? 0);
      expect(energy?.mass).toBeCloseTo(mu / eta, 9);
      expect(energy?.guaranteed).toBe(guaranteed);
      if (energy?.state !== 'unresolved') {
        resolved++;
        expect(energy?.state).toBe(fell > 0 ? 'holds' : 'fails');
      }
      if (guaranteed) expect(energy?.state).not.toBe('fails');
      [at, v] = [then, next];
    }
    expect(resolved).toBeGreaterThan(10);
    // The file replays to the same certificates.
    expect(
      lines('step').map((record) => JSON.stringify(certify(JSON.parse(JSON.stringify(record)) as StepRecord))),
    ).toEqual(lines('certificate').map((certificate) => JSON.stringify(certificate)));
  });

  it('a velocity that was not seen, another η, a step in between', async () => {
    const { theta, loss } = quadratic();
    const optimizer = momentum(0.1, 0.5);
    optimizer.minimize(loss, false, [theta]);
    const { watch, lines } = watching({});
    watch.wrap(optimizer);
    for (let i = 0; i < 3; i++) {
      if (i === 2) optimizer.setLearningRate(0.2);
      optimizer.minimize(loss, false, [theta]);
    }
    await watch.detach();
    const [first, second, third] = lines('certificate').map(({ energy }) => energy);
    expect(first).toMatchObject({ state: 'unresolved', reason: expect.stringContaining('not seen') as string });
    expect(second?.state).toBe('holds');
    expect(third?.reason).toContain('starts anew');
    expect(third?.mass).toBeCloseTo(2.5, 9);
    const [, before, changed] = lines('step');
    // The accumulated gradient stays: the velocity is η_now times it.
    expect(changed?.inertia?.velocitySquare).toBeCloseTo(0.04 * (before?.gram?.gg ?? NaN), 6);
  });

  it('Nesterov and Adam are told so, Adam only where it was asked for', async () => {
    for (const [make, asked, reason] of [
      [() => momentum(0.1, 0.9, true), false, /Nesterov/],
      [() => mine(tf.train.adam(0.1)), true, /no energy is known for Adam: it is certified by windows/],
      [() => mine(tf.train.adam(0.1)), false, null],
    ] as const) {
      const { theta, loss } = quadratic();
      const { watch, lines } = watching(asked ? { energy: true } : {});
      watch.wrap(make()).minimize(loss, false, [theta]);
      await watch.detach();
      const energy = lines('certificate')[0]?.energy;
      if (reason === null) expect(energy).toBeUndefined();
      else expect(energy).toMatchObject({ state: 'unresolved', reason: expect.stringMatching(reason) as string });
    }
  });

  it("the user's own, as a number or a scalar; NaN and a throw are reasons; weights are what they would be", async () => {
    const energies: (((loss: () => tf.Scalar) => number | tf.Scalar) | null)[] = [
      null,
      (loss) => loss(),
      (loss) => tf.tidy(() => loss().dataSync()[0] as number),
      () => Number.NaN,
      () => {
        throw new Error('mine');
      },
      () => tf.zeros([2, 3]) as unknown as tf.Scalar,
    ];
    const ends: number[][] = [];
    for (const [i, energy] of energies.entries()) {
      const theta = variable([1, 2, 3]);
      const loss = () => tf.tidy(() => theta.square().sum().asScalar());
      const { watch, lines } = watching(energy ? { energy: () => energy(loss) } : {});
      const optimizer = watch.wrap(momentum(0.1, 0.5));
      for (let k = 0; k < 4; k++) optimizer.minimize(loss, false, [theta]);
      await watch.detach();
      ends.push(Array.from(theta.dataSync()));
      const found = lines('certificate').map((certificate) => certificate.energy);
      if (i === 1 || i === 2) {
        expect(found.map((each) => each?.state)).toEqual(['unresolved', 'holds', 'holds', 'holds']);
        const step = lines('step')[2];
        expect(found[2]?.value).toBeCloseTo((step?.lossBefore ?? NaN) - (step?.lossAfter ?? NaN), 12);
      }
      if (i === 3) expect(found[2]?.reason).toContain('non-finite: your energy is NaN');
      if (i === 4) expect(found[2]?.reason).toContain('your energy threw: mine');
      if (i === 5) expect(found[2]?.reason).toContain('a number or a scalar, got a tensor of shape [2,3]');
      expect(found.every((each) => each?.value === null || Number.isFinite(each?.value))).toBe(true);
    }
    for (const end of ends) expect(end).toEqual(ends[0]);
  });
});

describe('geometry over time', () => {
  it('is followed in a training, changes none of it, and is in the certificates', async () => {
    await tf.setBackend('cpu');
    const before = tf.memory();
    const train = async (options: MonitorOptions | null): Promise<{ weights: number[]; seen: Certificate[] }> => {
      const x = tf.tidy(() => tf.variable(tf.tensor1d([1, -2, 0.7, 0.3])));
      const scale = tf.tensor1d([3, 1, 2, 0.5]);
      const loss = (): tf.Scalar => tf.tidy(() => tf.sum(tf.mul(scale, tf.square(x))).asScalar());
      const optimizer = tf.train.sgd(0.05);
      const watch = options && monitor(options);
      const seen: Certificate[] = [];
      watch?.certificates$.subscribe((certificate) => seen.push(certificate));
      watch?.wrap(optimizer);
      for (let i = 0; i < 9; i++) optimizer.minimize(loss, false, [x]);
      await watch?.detach();
      const weights = Array.from(x.dataSync());
      tf.dispose([x, scale]);
      optimizer.dispose();
      return { weights, seen };
    };
    const { weights, seen } = await train({ geometry: { memory: 3 }, window: 0 });
    expect(weights).toEqual((await train(null)).weights);
    const windows = seen.flatMap(({ geometry }) => geometry?.window ?? []);
    expect(seen.map(({ geometry }) => geometry?.fate)).toEqual(Array(9).fill('taken'));
    expect(windows).toHaveLength(3);
    // Plain gradient descent: the identity, as far as float32 tells.
    for (const { constant, leastChange } of windows) {
      expect(constant.asymmetry).toBeLessThan(1e-4);
      expect(leastChange?.largest).toBeCloseTo(1, 3);
    }
    expect(windows[1]?.drift?.distance).toBeLessThan(1e-2);
    expect(JSON.stringify(seen)).not.toMatch(/NaN|Infinity/);
    const { numTensors, numDataBuffers } = tf.memory();
    expect({ numTensors, numDataBuffers }).toEqual({
      numTensors: before.numTensors,
      numDataBuffers: before.numDataBuffers,
    });
  });
});
