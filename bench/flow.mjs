// How many states of a flow are certified in a second at dimension 10, from plain arrays and from functions.
import { certifyFlow } from 'steepest/core';
import { median, takeTurns } from './measure.mjs';

export async function* flow() {
  const dimension = 10;
  const states = Array.from({ length: 5000 }, (_, k) =>
    Array.from({ length: dimension }, (__, i) => Math.sin(k + 7 * i)),
  );
  const velocity = (x) => x.map((xi, i) => -xi * (1 + i / 4) + 0.3 * x[(i + 1) % dimension]);
  const gradient = (x) => x.map((xi) => 2 * xi);
  const flows = {
    arrays: states.map((state) => ({ state, velocity: velocity(state), gradient: gradient(state) })),
    functions: states.map((state) => ({ state, velocity, gradient })),
  };
  const contestants = Object.entries(flows).map(([given, list]) => ({
    given,
    step: () => {
      for (const each of list) certifyFlow(each);
    },
  }));
  await takeTurns(contestants, { warmUp: 2, seconds: 3, least: 5, most: 40 });
  for (const { given, times } of contestants) {
    const perSecond = Math.round(states.length / (median(times) / 1000));
    yield { bench: 'flow', given, dimension, perSecond };
  }
}
