import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-wasm';
import { mersenne } from 'pure-rand/generator/mersenne';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type AverageCertificate, type AverageOptions, certifyOnAverage } from '../../src/index.js';
import { anySeed } from '../oracles/seed.js';

const seed = anySeed();
const questions = ['effectiveOnAverage', 'discreteMetric', 'averageNaturalGradient'] as const;
const states = (certificate: AverageCertificate): string[] => questions.map((each) => certificate[each].state);

let theta: tf.Variable;
const curvatures = [1, 10];
/** `½ Σ hᵢ θᵢ²` */
const loss = (): tf.Scalar => tf.tidy(() => theta.square().mul(curvatures).sum().mul(0.5).asScalar());

/** A rule that changes θ by `η (mean + spread ∘ ξ)`, ξ normal, from a stream of its own; its updates are noted. */
function rule(mean: readonly number[], spread: readonly number[], eta: number, from = seed) {
  const generator = mersenne(from);
  const uniform = (): number => ((generator.next() >>> 0) + 0.5) / 2 ** 32;
  const normal = (): number => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform());
  const updates: number[][] = [];
  const draw = (): void => {
    const g = mean.map((value, i) => value + spread[i]! * normal());
    const start = Array.from(theta.dataSync());
    theta.assign(theta.add(tf.tensor1d(g.map((each) => eta * each))));
    updates.push(Array.from(theta.dataSync()).map((value, i) => (value - start[i]!) / eta));
  };
  return { draw, updates };
}

let tensors = 0;
let buffers = 0;

describe.each(['cpu', 'wasm'])('certifyOnAverage on %s', (backend) => {
  beforeEach(async () => {
    await tf.setBackend(backend);
    tensors = tf.memory().numTensors;
    buffers = tf.memory().numDataBuffers;
    theta = tf.tidy(() => tf.variable(tf.tensor1d([1, -0.5])));
  });
  afterEach(() => {
    if (!theta.isDisposed) theta.dispose();
    expect([tf.memory().numTensors, tf.memory().numDataBuffers]).toEqual([tensors, buffers]);
  });
  const certified = (options: Partial<AverageOptions>): Promise<AverageCertificate> =>
    certifyOnAverage({ loss, variables: [theta], draw: () => undefined, ...options });

  it('tells what the draws say, to rounding', async () => {
    const eta = 0.05;
    const { draw, updates } = rule([-1, 5], [1, 1], eta);
    const certificate = await certified({ draw, draws: 30, learningRate: eta, stop: 'never' });
    expect(updates.length).toBe(30);
    const y = [-1, 5];
    const meanG = [0, 1].map((i) => updates.reduce((sum, g) => sum + g[i]!, 0) / 30);
    const lossAt = (at: readonly number[]): number =>
      at.reduce((sum, value, i) => sum + 0.5 * curvatures[i]! * value ** 2, 0);
    const start = [1, -0.5];
    const decrease =
      updates.reduce((sum, g) => sum + lossAt(start) - lossAt(start.map((t, i) => t + eta * g[i]!)), 0) / 30;
    const meanY = y.map((value, i) => value - (eta / 2) * curvatures[i]! * meanG[i]!);
    const value = (i: number): number => certificate[questions[i]!].value!;
    expect(value(0)).toBeCloseTo(decrease, 5);
    expect(value(1)).toBeCloseTo(meanY[0]! * meanG[0]! + meanY[1]! * meanG[1]!, 3);
    expect(value(2)).toBeCloseTo(y[0]! * meanG[0]! + y[1]! * meanG[1]!, 4);
    expect(certificate.curvatureNorm).toBeCloseTo(Math.hypot(...curvatures.map((h, i) => h * meanG[i]!)), 3);
    expect(certificate).toMatchObject({
      draws: 30,
      confidence: 0.95,
      lookConfidence: 0.95,
      stopped: 'all-draws',
      discreteGradient: 'midpoint',
      lossBefore: 1.75,
      learningRate: eta,
    });
    expect(states(certificate)).toEqual(['holds', 'holds', 'holds']);
    for (const each of questions) {
      const { interval, value: found } = certificate[each];
      expect(interval![0]).toBeLessThan(found!);
      expect(found!).toBeLessThan(interval![1]);
    }
    expect(certificate.metric!.dimension).toBe(2);
    expect(JSON.parse(JSON.stringify(certificate))).toEqual(certificate);
  });

  it('gives the mean value and the midpoint where they agree, and the projected gradient for nothing', async () => {
    let losses = 0;
    const counted = (): tf.Scalar => {
      losses++;
      return loss();
    };
    const found: Record<string, { certificate: AverageCertificate; losses: number }> = {};
    for (const discreteGradient of ['midpoint', 'mean-value', 'projected'] as const) {
      losses = 0;
      const { draw } = rule([-1, 5], [1, 1], 0.05);
      const certificate = await certified({
        loss: counted,
        draw,
        draws: 20,
        learningRate: 0.05,
        stop: 'never',
        discreteGradient,
      });
      found[discreteGradient] = { certificate, losses };
    }
    // θ twice, what rounding does there, and a loss and so many gradients a draw.
    const once = 2 + 4 + 11;
    expect(Object.values(found).map((each) => each.losses)).toEqual([once + 2 * 20, once + 4 * 20, once + 20]);
    const value = (kind: string): number => found[kind]!.certificate.discreteMetric.value!;
    expect(value('mean-value')).toBeCloseTo(value('midpoint'), 3);
    expect(Math.abs(value('projected') - value('midpoint'))).toBeGreaterThan(0.01);
  });

  it.each([
    ['holds', 'holds', 'holds', [1, -0.5], [-1, 5], [0.1, 0.1], 0.05],
    // Noise along the curvature undoes what the mean gains.
    ['fails', 'holds', 'holds', [1, 0], [-1, 0], [0.1, 4], 0.2],
    // The mean step is too long, though it descends.
    ['fails', 'fails', 'holds', [1, -0.5], [-1, 5], [0.1, 0.1], 0.5],
    ['fails', 'fails', 'fails', [1, -0.5], [1, -5], [0.1, 0.1], 0.05],
  ] as const)(
    'answers the questions apart: %s, %s, %s',
    async (effective, discrete, average, at, mean, spread, eta) => {
      tf.tidy(() => {
        theta.assign(tf.tensor1d([...at]));
      });
      const { draw } = rule(mean, spread, eta);
      const certificate = await certified({ draw, draws: 400, learningRate: eta });
      expect(states(certificate), `seed ${seed}`).toEqual([effective, discrete, average]);
      expect(certificate.stopped).toBe('decided');
      expect(certificate.metric === null).toBe(discrete !== 'holds');
      expect(certificate.shifted === null).toBe(discrete !== 'holds' || average !== 'holds');
    },
  );

  it('finds a loss that falls though its gradient says it must rise', async () => {
    // Up a gentle slope, over it and down into a well.
    const well = (): tf.Scalar =>
      tf.tidy(() =>
        theta
          .sum()
          .sub(theta.sub([2, 1]).square().sum().mul(-4).exp().mul(5))
          .asScalar(),
      );
    const { draw } = rule([1, 1.5], [0.01, 0.01], 1);
    const certificate = await certified({ loss: well, draw, draws: 20 });
    expect(states(certificate)).toEqual(['holds', 'holds', 'fails']);
    expect(certificate.metric).not.toBeNull();
    expect(certificate.shifted).toBeNull();
  });

  it('finds a random walk aligned half of the time, and of no effect on average', async () => {
    const { draw } = rule([0, 0], [1, 1], 0.1);
    const certificate = await certified({ draw, draws: 200, learningRate: 0.1, confidence: 0.999 });
    expect(Math.abs(certificate.alignedShare! - 0.5), `seed ${seed}`).toBeLessThan(4.5 * Math.sqrt(0.25 / 200));
    expect(certificate.effectiveOnAverage.state, `seed ${seed}`).not.toBe('holds');
    expect(certificate.averageNaturalGradient.state, `seed ${seed}`).toBe('unresolved');
    expect(certificate.averageNaturalGradient.reason).toContain("200 draws don't tell");
  });

  it('covers the true mean decrease as often as it says', async () => {
    const eta = 0.1;
    const [mean, spread] = [
      [-1, 5],
      [2, 2],
    ];
    const along = -mean[0]! + 5 * mean[1]!;
    const second = curvatures.reduce((sum, h, i) => sum + h * (mean[i]! ** 2 + spread[i]! ** 2), 0);
    const truth = eta * along - (eta ** 2 / 2) * second;
    let covered = 0;
    const repetitions = 150;
    for (let i = 0; i < repetitions; i++) {
      const { draw } = rule(mean, spread, eta, seed + i);
      const { effectiveOnAverage } = await certified({
        draw,
        draws: 15,
        learningRate: eta,
        confidence: 0.8,
        stop: 'never',
        discreteGradient: 'projected',
      });
      const [low, high] = effectiveOnAverage.interval!;
      if (low <= truth && truth <= high) covered++;
    }
    const deviation = Math.sqrt((0.8 * 0.2) / repetitions);
    expect(Math.abs(covered / repetitions - 0.8), `seed ${seed}`).toBeLessThan(4 * deviation + 0.02);
  });

  it('claims nothing that rounding may have made', async () => {
    // A step so short that float32 losses hardly see it.
    const { draw } = rule([-1e-4, 5e-4], [0, 0], 1e-3);
    const certificate = await certified({ draw, draws: 30, stop: 'never', learningRate: 1e-3 });
    expect(certificate.averageNaturalGradient.state).toBe('holds');
    expect(certificate.effectiveOnAverage.state).toBe('unresolved');
    expect(certificate.effectiveOnAverage.reason).toMatch(/rounding|contains 0/);
    // At the minimum itself there is no direction.
    tf.tidy(() => {
      theta.assign(tf.tensor1d([0, 0]));
    });
    const { draw: walk } = rule([1, 1], [1, 1], 0.1);
    const above = (): tf.Scalar => tf.tidy(() => loss().add(1).asScalar());
    const minimum = await certified({ loss: above, draw: walk, draws: 20, learningRate: 0.1 });
    expect(minimum.averageNaturalGradient.state).toBe('unresolved');
    expect(minimum.effectiveOnAverage.state).toBe('fails');
  });

  it('puts everything back, also when a draw throws', async () => {
    const bits = Array.from(new Uint32Array(theta.dataSync().slice().buffer));
    const { draw } = rule([-1, 5], [1, 1], 0.1);
    const optimizer = tf.train.adam(0.1);
    const randoms: number[] = [];
    const { random } = Math;
    const { assign } = tf.Variable.prototype as tf.Variable;
    await certified({ draw, draws: 4 });
    await certified({ draw: () => void optimizer.minimize(loss, false, [theta]), draws: 4 });
    await expect(
      certified({
        draw: () => {
          randoms.push(Math.random());
          theta.assign(theta.mul(7));
          if (randoms.length === 3) throw new Error('of the rule');
        },
      }),
    ).rejects.toThrow('of the rule');
    expect(Math.random).toBe(random);
    expect(new Set(randoms).size).toBe(3);
    expect(Array.from(new Uint32Array(theta.dataSync().slice().buffer))).toEqual(bits);
    expect(tf.Variable.prototype.assign).toBe(assign);
    const weights = await optimizer.getWeights();
    expect(weights.map(({ tensor }) => Array.from(tensor.dataSync()))).toEqual([[0]]);
    tf.dispose(weights.map(({ tensor }) => tensor));
    // The first step of the optimizer is its first step still.
    const fresh = tf.train.adam(0.1);
    const start = tf.tidy(() => tf.clone(theta));
    optimizer.minimize(loss, false, [theta]);
    const stepped = Array.from(theta.dataSync());
    theta.assign(start);
    fresh.minimize(loss, false, [theta]);
    expect(stepped).toEqual(Array.from(theta.dataSync()));
    start.dispose();
    optimizer.dispose();
    fresh.dispose();
  });

  it('leaves the random stream alone and sees the same noise in a random loss each time', async () => {
    const noisy = (): tf.Scalar => tf.tidy(() => loss().add(tf.randomNormal([]).mul(0.1)).asScalar());
    const { random } = Math;
    let asked = 0;
    Math.random = () => {
      asked++;
      return random();
    };
    try {
      const { draw } = rule([-1, 5], [0.1, 0.1], 0.05);
      const certificate = await certified({ loss: noisy, draw, draws: 16, learningRate: 0.05 });
      expect(states(certificate)).toEqual(['holds', 'holds', 'holds']);
      expect(asked).toBe(0);
    } finally {
      Math.random = random;
    }
  });

  it('is unresolved, with the reason, where a draw does what it must not', async () => {
    const other = tf.tidy(() => tf.variable(tf.scalar(1), true, `other${backend}`));
    const average = tf.tidy(() => tf.variable(tf.scalar(1), false));
    const { draw } = rule([-1, 5], [0.1, 0.1], 0.05);
    const cases: [Partial<AverageOptions>, RegExp][] = [
      [{ draw: () => theta.assign(tf.tensor1d([1, 2, 3])) }, /draw 1 changes ".*" from float32 \[2\] to float32 \[3\]/],
      [
        {
          draw: () => {
            draw();
            other.assign(tf.scalar(2));
          },
        },
        new RegExp(`draw 1 changes "other${backend}", a trainable variable that \`variables\` does not name`),
      ],
      [{ draw: () => theta.assign(theta.mul(Number.NaN)) }, /non-finite: the update of draw 1/],
      [{ loss: () => tf.tidy(() => theta.sum().mul(Number.NaN).asScalar()), draw }, /non-finite/],
      [{ loss: drifting(), draw }, /another value when it is evaluated a second time/],
    ];
    for (const [options, reason] of cases) {
      const certificate = await certified({ draws: 20, ...options });
      expect(states(certificate)).toEqual(['unresolved', 'unresolved', 'unresolved']);
      expect(certificate.averageNaturalGradient.reason).toMatch(reason);
      expect(certificate.stopped).toBe('obstacle');
      expect(JSON.parse(JSON.stringify(certificate))).toEqual(certificate);
    }
    // What isn't trained is the rule's own business, and put back.
    const moving = await certified({
      draw: () => {
        draw();
        average.assign(average.add(1));
      },
      draws: 20,
    });
    expect(moving.averageNaturalGradient.state).toBe('holds');
    expect([other.dataSync()[0], average.dataSync()[0]]).toEqual([1, 1]);
    const infinite = await certified({
      loss: () => tf.tidy(() => tf.sub(1, theta.sum()).sqrt().asScalar()),
      draw: () => theta.assign(theta.add(1)),
      draws: 4,
    });
    expect(infinite.effectiveOnAverage.reason).toMatch(/the loss after draw 1 is NaN or Infinity/);
    tf.dispose([other, average]);
  });

  function drifting(): () => tf.Scalar {
    let calls = 0;
    return () => tf.tidy(() => loss().add(calls++).asScalar());
  }

  it('refuses by name, before anything runs', async () => {
    let calls = 0;
    const counted = (): tf.Scalar => {
      calls++;
      return loss();
    };
    const bad: [object, RegExp][] = [
      [{ draws: 1 }, /certifyOnAverage: expected option `draws` to be an integer >= 2.*got 1 \(number\)/],
      [{ draws: 2.5 }, /`draws`/],
      [{ confidence: 1 }, /`confidence` to be a number in \(0, 1\), got 1 \(number\)/],
      [{ confidence: '0.9' }, /`confidence`.*got 0.9 \(string\)/],
      [{ learningRate: 0 }, /`learningRate` to be a finite number > 0, got 0/],
      [{ draw: 3 }, /`draw` to be a function/],
      [{ loss: null }, /`loss` to be a function/],
      [{ variables: [] }, /`variables`/],
      [{ variables: [theta, theta] }, /`variables`/],
      [{ discreteGradient: 'taylor' }, /`discreteGradient` to be 'midpoint', 'mean-value' or 'projected', got taylor/],
      [{ seed: 0.5 }, /`seed` to be an integer/],
      [{ stop: 'soon' }, /`stop`/],
      [{ onProgress: true }, /`onProgress`/],
      [{ confidense: 0.9 }, /expected options .*draws.*, got `confidense`/],
    ];
    for (const [options, message] of bad)
      await expect(certified({ loss: counted, ...options })).rejects.toThrow(message);
    expect(calls).toBe(0);
    await expect(certified({ draw: () => Promise.resolve() as never })).rejects.toThrow(/`draw` to be synchronous/);
    await expect(
      certified({
        draw: () => {
          theta.dispose();
        },
      }),
    ).rejects.toThrow(/was disposed by it/);
  });

  it('refuses a loss that gives no scalar by name, before anything is drawn', async () => {
    const bits = Array.from(theta.dataSync());
    let drawn = 0;
    const draw = (): void => {
      drawn++;
      theta.assign(theta.mul(0.9));
    };
    const disposed = (): tf.Scalar => {
      const value = loss();
      value.dispose();
      return value;
    };
    const none: [() => unknown, string][] = [
      [() => theta.square().mul(2), 'a tensor of shape [2]'],
      [() => theta.square().sum().reshape([1]), 'a tensor of shape [1]'],
      [() => Array.from(loss().dataSync())[0], '1.75 (number)'],
      [() => Promise.resolve(loss()), 'a promise'],
      [() => undefined, 'undefined (undefined)'],
      [disposed, 'a disposed tensor of shape []'],
    ];
    for (const [wrong, got] of none) {
      const asked = certified({ loss: wrong as () => tf.Scalar, draw });
      await expect(asked).rejects.toThrow(TypeError);
      await expect(asked).rejects.toThrow(`certifyOnAverage: expected \`loss\` to return a tf.Scalar, got ${got}`);
      expect(tf.memory().numTensors).toBe(tensors + 1);
    }
    // One that is unlike itself: the second time, while it is seen what rounding does, and at a draw.
    for (const good of [1, 2, 9, 17, 18]) {
      let calls = 0;
      const changing = (): tf.Scalar => (++calls <= good ? loss() : (theta.square() as unknown as tf.Scalar));
      await expect(certified({ loss: changing, draw })).rejects.toThrow('got a tensor of shape [2]');
      expect(tf.memory().numTensors).toBe(tensors + 1);
    }
    expect(drawn).toBe(2);
    expect(Array.from(theta.dataSync())).toEqual(bits);
    // One that no variable reaches.
    await expect(certified({ loss: () => tf.scalar(1), draw })).rejects.toThrow(/connection between any variable/);
  });

  it('tells how far it has come, whatever the listener does', async () => {
    const seen: unknown[] = [];
    const { draw } = rule([-1, 5], [0.1, 0.1], 0.05);
    await certified({ draw, draws: 3, onProgress: (progress) => seen.push(progress) });
    expect(seen).toEqual([1, 2, 3].map((draws) => ({ draws, of: 3, done: draws === 3 })));
    const ends: boolean[] = [];
    const broken = (): never => {
      throw new Error('of the rule');
    };
    await expect(certified({ draw: broken, onProgress: ({ done }) => ends.push(done) })).rejects.toThrow('of the rule');
    expect(ends).toEqual([true]);
    const { warn } = console;
    const warned: unknown[] = [];
    console.warn = (...given: unknown[]) => warned.push(given[0]);
    try {
      const onProgress = (): never => {
        throw new Error('of the listener');
      };
      const certificate = await certified({ draw, draws: 5, onProgress });
      expect(certificate.draws).toBe(5);
      expect(warned.length).toBe(1);
    } finally {
      console.warn = warn;
    }
  });
});
