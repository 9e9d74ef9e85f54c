// The paper's first experiment: a stable linear system, which is no gradient flow, is natural gradient descent on its Lyapunov function.
//   node examples/linear-system/run.mjs [--seed 18] [--dimension 2] [--matrix FILE|JSON] [--start JSON] [--out runs/linear-system]
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { Matrix } from 'ml-matrix';
import { certifyFlow, metric } from 'steepest/core';
import { alphaDial, metricBall, movingBall, spectrumAgainstPsi } from 'steepest/figures';
import { writeRun } from '../shared/writeRun.mjs';
import { systemFigures } from './figures.mjs';
import { solveLyapunov } from './lyapunov.mjs';
import { checkMatrix, drawSystem, readMatrix, readVector } from './matrix.mjs';
import { trajectory } from './trajectory.mjs';

const integer = (name, least) => (text) => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new Error(`${name}: expected an integer >= ${least}, got ${text}`);
  return value;
};
const times = (a, x) => a.map((row) => row.reduce((sum, entry, j) => sum + entry * x[j], 0));
const norm = (v) => Math.hypot(...v);

async function main() {
  const options = new Command('linear-system')
    .option('--seed <n>', 'draws A and the start', integer('--seed', 0), 18)
    .option('--dimension <n>', 'of the drawn A', integer('--dimension', 2), 2)
    .option('--matrix <file or JSON>', 'A itself, in place of a drawn one')
    .option('--start <JSON>', 'the first state, in place of a drawn one')
    .option('--states <n>', 'states to certify along the trajectory', integer('--states', 2), 161)
    .option('--out <folder>', 'where data.json, run.jsonl and the figures go', 'runs/linear-system')
    .parse()
    .opts();

  const given = options.matrix === undefined ? null : readMatrix(options.matrix);
  if (given) checkMatrix(given);
  const drawn = drawSystem(options.seed, given?.length ?? options.dimension);
  const A = given ?? drawn.a;
  const { slowest } = checkMatrix(A);
  const start = options.start === undefined ? drawn.start : readVector('--start', options.start, A.length);

  // Lyapunov: V = xᵀPx falls at the rate xᵀQx. The paper leaves Q open; here Q = I, over four decay times of the slowest mode.
  const P = solveLyapunov(A, Matrix.eye(A.length).to2DArray());
  const horizon = 4 / -slowest;
  const moments = Array.from({ length: options.states }, (_, k) => (horizon * k) / (options.states - 1));
  const velocity = (x) => times(A, x);
  const gradient = (x) => times(P, x).map((each) => 2 * each);
  const potential = (x) => times(P, x).reduce((sum, each, i) => sum + each * x[i], 0);

  const certificates = trajectory(A, start, moments).map((state, step) => ({
    state,
    certificate: certifyFlow({ state, velocity, gradient, potential, step, time: moments[step] }),
  }));
  const states = certificates.map(({ state, certificate }) => {
    const [g, y] = [velocity(state), gradient(state).map((each) => -each)];
    const recovered = metric(y, g)?.solve(y) ?? [];
    return {
      time: certificate.time,
      x: state,
      lyapunov: certificate.lossBefore,
      y,
      g,
      verdict: certificate.verdict,
      rate: certificate.rate,
      rateBound: certificate.rateBound,
      ...certificate.metric,
      residual: norm(g.map((each, i) => each - recovered[i])) / norm(g),
    };
  });
  const data = { experiment: 'linear-system', seed: given ? null : options.seed, A, P, Q: 'identity', start, states };
  const metrics = ({ y, g }) => ({
    matrix: metric(y, g)
      .dense()
      .map((row) => [...row]),
    a: norm(y) / norm(g),
  });
  const all = certificates.map(({ certificate }) => certificate);
  const sorted = all
    .map((each) => each.metric)
    .filter(Boolean)
    .sort((one, other) => one.psi - other.psi);
  const typical = sorted[sorted.length >> 1] ?? null;
  const files = await writeRun(options.out, data, [
    ...systemFigures(data, metrics),
    metricBall(typical),
    movingBall(all),
    spectrumAgainstPsi(all.map((each) => each.metric)),
    alphaDial(typical),
  ]);
  const recording = join(options.out, 'run.jsonl');
  rmSync(recording, { force: true });
  appendFileSync(recording, all.map((certificate) => `${JSON.stringify(certificate)}\n`).join(''));

  const natural = all.filter(({ verdict }) => verdict === 'natural-gradient').length;
  const range = (of) => {
    const values = states.map(of);
    return `${Math.min(...values).toPrecision(3)} … ${Math.max(...values).toPrecision(3)}`;
  };
  console.log(`A = ${JSON.stringify(A.map((row) => row.map((entry) => Number(entry.toPrecision(4)))))}`);
  console.log(`${natural} of ${all.length} states are natural gradient descent on V = xᵀPx, AᵀP + PA = −I.`);
  console.log(`V falls from ${states[0].lyapunov.toPrecision(4)} to ${states.at(-1).lyapunov.toPrecision(4)}.`);
  console.log(
    `ψ ${range(({ psi }) => (psi * 180) / Math.PI)} degrees, κ ${range(({ conditionNumber }) => conditionNumber)}`,
  );
  console.log(`‖M⁻¹y − Ax‖ / ‖Ax‖ is at most ${Math.max(...states.map(({ residual }) => residual)).toExponential(1)}.`);
  console.log(`Written to ${options.out}: ${[...files, 'run.jsonl'].join(', ')}`);
}

main().catch((fault) => {
  console.error(`linear-system: ${fault.message}`);
  process.exitCode = 1;
});
