import { Matrix } from 'ml-matrix';

/** One step in float64: the change of θ for a gradient. What it remembers is its own. */
export type Step = (gradient: readonly number[], theta: readonly number[]) => number[];

const zeros = (size: number): number[] => Array<number>(size).fill(0);

/** Every entry for itself; `state` holds that entry's numbers, all 0 (or `first`) before the first step, `t` counts from 1. */
function entrywise(
  slots: number,
  rule: (g: number, theta: number, state: number[], t: number) => number,
  first = 0,
): Step {
  const states: number[][] = [];
  let t = 0;
  return (gradient, theta) => {
    t++;
    return gradient.map((g, i) => {
      states[i] ??= zeros(slots).map(() => first);
      return rule(g, theta[i] as number, states[i], t);
    });
  };
}

export const sgd = (eta: number): Step => entrywise(0, (g) => -eta * g);

/** Polyak 1964: θ_{t+1} = θ_t − η∇L(θ_t) + μ(θ_t − θ_{t−1}). */
export const heavyBall = (eta: number, mu: number): Step =>
  entrywise(1, (g, _, state) => (state[0] = -eta * g + mu * (state[0] as number)));

/**
 * Nesterov 1983 in two sequences, x_{t+1} = θ_t − η∇L(θ_t), θ_{t+1} = x_{t+1} + μ(x_{t+1} − x_t), with x_0 = θ_0.
 */
export function nesterov(eta: number, mu: number): Step {
  let x: number[] | null = null;
  return (gradient, theta) => {
    const before = x ?? [...theta];
    const after = theta.map((value, i) => value - eta * (gradient[i] as number));
    x = after;
    return after.map((value, i) => value + mu * (value - (before[i] as number)) - (theta[i] as number));
  };
}

/** Duchi et al. 2011; the sum starts at `initial`, and ε stands under the root, as TensorFlow.js has both. */
export const adagrad = (eta: number, initial: number, epsilon: number): Step =>
  entrywise(
    1,
    (g, _, state) => {
      state[0] = (state[0] as number) + g * g;
      return (-eta * g) / Math.sqrt(state[0] + epsilon);
    },
    initial,
  );

/** Zeiler 2012, algorithm 1: RMS[g]_t has the gradient of this step in it, RMS[Δx]_{t−1} not the update. */
export const adadelta = (eta: number, rho: number, epsilon: number): Step =>
  entrywise(2, (g, _, state) => {
    state[0] = rho * (state[0] as number) + (1 - rho) * g * g;
    const update = (Math.sqrt((state[1] as number) + epsilon) / Math.sqrt(state[0] + epsilon)) * g;
    state[1] = rho * (state[1] as number) + (1 - rho) * update * update;
    return -eta * update;
  });

/** Tieleman & Hinton 2012; ε stands under the root, as TensorFlow.js has it. */
export const rmsprop = (eta: number, decay: number, epsilon: number): Step =>
  entrywise(1, (g, _, state) => {
    state[0] = decay * (state[0] as number) + (1 - decay) * g * g;
    return (-eta * g) / Math.sqrt(state[0] + epsilon);
  });

/** Kingma & Ba 2015, algorithm 1; with `decay`, Loshchilov & Hutter 2019, algorithm 2, scaled by η. */
export const adam = (eta: number, beta1: number, beta2: number, epsilon: number, decay = 0): Step =>
  entrywise(2, (g, theta, state, t) => {
    state[0] = beta1 * (state[0] as number) + (1 - beta1) * g;
    state[1] = beta2 * (state[1] as number) + (1 - beta2) * g * g;
    const mean = state[0] / (1 - beta1 ** t);
    const variance = state[1] / (1 - beta2 ** t);
    return -eta * (mean / (Math.sqrt(variance) + epsilon) + decay * theta);
  });

/** Kingma & Ba 2015, algorithm 2; ε is added to the norm, as TensorFlow.js does (the paper has none). */
export const adamax = (eta: number, beta1: number, beta2: number, epsilon: number): Step =>
  entrywise(2, (g, _, state, t) => {
    state[0] = beta1 * (state[0] as number) + (1 - beta1) * g;
    state[1] = Math.max(beta2 * (state[1] as number), Math.abs(g));
    return ((-eta / (1 - beta1 ** t)) * state[0]) / (state[1] + epsilon);
  });

/** Chen et al. 2023, algorithm 2. */
export const lion = (eta: number, beta1: number, beta2: number, decay: number): Step =>
  entrywise(1, (g, theta, state) => {
    const update = Math.sign(beta1 * (state[0] as number) + (1 - beta1) * g);
    state[0] = beta2 * (state[0] as number) + (1 - beta2) * g;
    return -eta * (update + decay * theta);
  });

/** Bernstein et al. 2018. */
export const signSGD = (eta: number): Step => entrywise(0, (g) => -eta * Math.sign(g));

/** Jordan et al. 2024, matrix by matrix; `X ← aX + b(XXᵀ)X + c(XXᵀ)²X` literally, on the side it comes. */
export function muon(eta: number, mu: number, shapes: readonly (readonly [number, number])[]): Step {
  let momentum: number[] = [];
  return (gradient) => {
    momentum = gradient.map((g, i) => mu * (momentum[i] ?? 0) + g);
    const change: number[] = [];
    let offset = 0;
    for (const [rows, columns] of shapes) {
      const values = gradient
        .slice(offset, offset + rows * columns)
        .map((g, i) => g + mu * (momentum[offset + i] as number));
      offset += rows * columns;
      const own = Matrix.from1DArray(rows, columns, values);
      let x = Matrix.div(own, own.norm('frobenius') + 1e-7);
      for (let k = 0; k < 5; k++) {
        const a = x.mmul(x.transpose());
        const [first, third, fifth] = [x, a.mmul(x), a.mmul(a).mmul(x)];
        x = Matrix.mul(first, 3.4445).add(Matrix.mul(third, -4.775)).add(Matrix.mul(fifth, 2.0315));
      }
      change.push(...x.mul(-eta * Math.sqrt(Math.max(1, rows / columns))).to1DArray());
    }
    return change;
  };
}
