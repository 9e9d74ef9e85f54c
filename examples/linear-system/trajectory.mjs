import { Solver } from 'odex';

/**
 * The states of `dx/dt = A x` at the given times, by Hairer's ODEX (extrapolation, adaptive order and step), to about 1e-12.
 *
 * @param {number[][]} a D × D
 * @param {number[]} start the state at `times[0]`
 * @param {number[]} times rising
 * @returns {number[][]} one state a time
 */
export function trajectory(a, start, times) {
  const velocity = (_, x) => a.map((row) => row.reduce((sum, entry, j) => sum + entry * x[j], 0));
  const states = [start];
  for (let k = 1; k < times.length; k++) {
    const solver = new Solver(start.length);
    solver.relativeTolerance = 1e-12;
    solver.absoluteTolerance = 1e-14;
    states.push(solver.solve(velocity, times[k - 1], states[k - 1], times[k]).y);
  }
  return states;
}
