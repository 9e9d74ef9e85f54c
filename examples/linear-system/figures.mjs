import { CholeskyDecomposition, inverse, Matrix } from 'ml-matrix';
import { colors } from 'steepest/figures';
import { lines } from '../shared/lines.mjs';

/** The outline of `{ x : xᵀSx ≤ level }` as seen in the plane of the first two coordinates: its shadow, for D = 2 itself. */
function outline(matrix, level, centre) {
  const block = inverse(new Matrix(matrix)).subMatrix(0, 1, 0, 1);
  const shadow = block.clone().add(block.transpose()).mul(0.5);
  const lower = new CholeskyDecomposition(shadow).lowerTriangularMatrix;
  const radius = Math.sqrt(level);
  return Array.from({ length: 97 }, (_, i) => {
    const [c, s] = [Math.cos((2 * Math.PI * i) / 96), Math.sin((2 * Math.PI * i) / 96)];
    return {
      x: centre[0] + radius * lower.get(0, 0) * c,
      y: centre[1] + radius * (lower.get(1, 0) * c + lower.get(1, 1) * s),
    };
  });
}

/** States evenly spaced along the way in the plane, the first among them. */
function along(states, count) {
  const ways = [0];
  for (let k = 1; k < states.length; k++)
    ways.push(ways[k - 1] + Math.hypot(states[k].x[0] - states[k - 1].x[0], states[k].x[1] - states[k - 1].x[1]));
  const total = ways.at(-1);
  const indices = Array.from({ length: count }, (_, i) => ways.findIndex((way) => way >= (i * total) / count));
  return [...new Set(indices)].map((i) => states[i]);
}

function trajectoryFigure({ P, states }, metrics) {
  const size = states[0].x.length;
  const levels = [1, 0.6, 0.3, 0.1, 0.02].map((share) => share * states[0].lyapunov);
  const contours = levels.flatMap((level) => outline(P, level, [0, 0]).map((point) => ({ level, ...point })));
  // Shadows of a larger system reach far beyond the trajectory: then it alone sets the scale.
  const reach =
    size === 2
      ? 1.08 * Math.max(...contours.flatMap(({ x, y }) => [Math.abs(x), Math.abs(y)]))
      : 1.5 * Math.max(...states.flatMap(({ x: [x, y] }) => [Math.abs(x), Math.abs(y)]));
  // All balls have the area of a circle of this radius.
  const radius = 0.1 * reach;
  const balls = along(states, 7).flatMap((state) => {
    const { matrix, a } = metrics(state);
    return outline(matrix, a * radius ** 2, state.x).map((point) => ({ time: state.time, ...point }));
  });
  const path = states.map(({ time, x: [x, y] }) => ({ time, x, y }));
  return {
    name: 'trajectory',
    title: 'A trajectory, the contours of V and the balls of the metric along it',
    caption: `The flow θ̇ = Aθ from its start (dot) to the origin over contours of V = xᵀPx${size > 2 ? ', seen in the plane of the first two coordinates' : ''}, and the ball ΔθᵀMΔθ = ε at states along it, all of one area. The flow cuts the contours at an angle: it is steepest not in the ordinary length, but in that of the metric.`,
    alt: 'A curve that winds into the origin, crossing nested ellipses inwards; smaller ellipses along it, tilted towards the way it takes.',
    rows: [
      ...contours.map(({ level, x, y }) => ({ part: 'contour of V', at: level, x, y })),
      ...balls.map(({ time, x, y }) => ({ part: 'ball of the metric', at: time, x, y })),
      ...path.map(({ time, x, y }) => ({ part: 'trajectory', at: time, x, y })),
    ],
    missing: null,
    draw: ({ plot, document }, width) => {
      const margin = 44;
      return plot.plot({
        document,
        width,
        height: width,
        margin,
        x: { domain: [-reach, reach], label: 'x₁' },
        y: { domain: [-reach, reach], label: 'x₂' },
        marks: [
          plot.line(contours, { x: 'x', y: 'y', z: 'level', stroke: colors.y, strokeOpacity: 0.55, clip: true }),
          plot.line(balls, {
            x: 'x',
            y: 'y',
            z: 'time',
            stroke: colors.metric,
            fill: colors.metric,
            fillOpacity: 0.18,
            strokeWidth: 1.5,
            clip: true,
          }),
          plot.line(path, { x: 'x', y: 'y', stroke: colors.g, strokeWidth: 2.5 }),
          plot.dot(path.slice(0, 1), { x: 'x', y: 'y', r: 5, fill: colors.g }),
          ...[
            ['contours of V', colors.y],
            ['trajectory', colors.g],
            ['balls of the metric', colors.metric],
          ].map(([text, fill], i) =>
            plot.text([text], {
              frameAnchor: 'top-left',
              dx: 6 + [0, 112, 200][i],
              dy: -22,
              text: (each) => each,
              fill,
              fontSize: 13,
              fontWeight: 'bold',
            }),
          ),
        ],
      });
    },
  };
}

/** Everything that is shown of one run. */
export function systemFigures(data, metrics) {
  const { states } = data;
  const curve = (name, of) => states.map((state) => ({ x: state.time, curve: name, value: of(state) }));
  const epsilon = 2 ** -52;
  return [
    trajectoryFigure(data, metrics),
    lines({
      name: 'lyapunov',
      title: 'V falls, and how fast',
      caption:
        'V = xᵀPx along the trajectory, its rate −dV/dt = y·g, and ‖y‖²/λ_max, which the rate is never below (eq. 5).',
      alt: 'Three falling curves on a logarithmic scale; the rate stays above its bound.',
      rows: [
        ...curve('V', (state) => state.lyapunov),
        ...curve('−dV/dt', (state) => state.rate),
        ...curve('its bound', (state) => state.rateBound),
      ],
      x: 'time',
      y: 'V, V per unit of time',
      log: true,
    }),
    lines({
      name: 'eigenvalues',
      title: 'The spectrum of the metric over time',
      caption:
        'λ₋, α and λ₊ of the best-conditioned metric with M g = y along the trajectory, and its condition number κ.',
      alt: 'Four curves over time on a logarithmic scale.',
      rows: [
        ...curve('λ₋', (state) => state.eigenvalueMin),
        ...curve('λ₊', (state) => state.eigenvalueMax),
        ...curve('α', (state) => state.alpha),
        ...curve('κ', (state) => state.conditionNumber),
      ],
      x: 'time',
      y: 'eigenvalues of M, and κ',
      log: true,
    }),
    lines({
      name: 'recovered',
      title: 'M⁻¹y is the velocity, to rounding',
      caption:
        '‖M⁻¹y − Ax‖ over ‖Ax‖ along the trajectory, beside 4 ε κ, what float64 may lose (states at which it is exactly 0 have no dot): the flow is natural gradient descent on V, exactly.',
      alt: 'Scattered dots near 1e-16, below the curve of 4 ε κ.',
      rows: [
        ...curve('‖M⁻¹y − Ax‖ / ‖Ax‖', (state) => state.residual),
        ...curve('4 ε κ', (state) => 4 * epsilon * state.conditionNumber),
      ],
      x: 'time',
      y: 'relative error',
      log: true,
      dotted: ['‖M⁻¹y − Ax‖ / ‖Ax‖'],
    }),
  ];
}
