import { colors } from 'steepest/figures';

const inks = [colors.y, colors.g, colors.metric, colors.other, colors.plain];

/** The powers of ten among positive values, seven at most: what a logarithmic axis is marked with. */
function decades(values) {
  const logs = values.map(Math.log10);
  const [low, high] = [Math.ceil(Math.min(...logs) - 1e-9), Math.floor(Math.max(...logs) + 1e-9)];
  const stride = Math.max(1, Math.ceil((high - low + 1) / 7));
  return Array.from({ length: Math.max(0, Math.floor((high - low) / stride) + 1) }, (_, i) => 10 ** (low + i * stride));
}

const power = (value) => (value >= 0.01 && value < 1e4 ? String(value) : `1e${Math.round(Math.log10(value))}`);

/**
 * A picture of curves: `rows` of `{ x, value, curve, panel?, line? }`, one colour a curve, one panel above the other; curves named in
 * `dotted` are drawn as dots.
 */
export function lines({ name, title, caption, alt, rows, x, y, log = false, height = 260, dotted = [] }) {
  const drawable = (value) => Number.isFinite(value) && (!log || value > 0);
  const drawn = rows.filter(({ value }) => drawable(value));
  const curves = [...new Set(drawn.map(({ curve }) => curve))];
  const panels = [...new Set(drawn.map(({ panel }) => panel ?? ''))];
  const spaced = panels.length > 1;
  return {
    name,
    title,
    caption,
    alt,
    rows,
    missing: drawn.length === 0 ? 'Nothing was measured that could be shown.' : null,
    draw: ({ plot, document }, width) =>
      plot.plot({
        document,
        width,
        height: height * panels.length + 80,
        marginLeft: 62,
        marginRight: 16,
        marginTop: 52,
        marginBottom: 42,
        x: { label: x },
        y: {
          label: y,
          grid: true,
          ...(log ? { type: 'log', ticks: decades(drawn.map(({ value }) => value)), tickFormat: power } : { ticks: 5 }),
        },
        fy: { axis: null, domain: panels, padding: 0.2 },
        marks: [
          plot.dot(
            drawn.filter(({ curve }) => dotted.includes(curve)),
            {
              x: 'x',
              y: 'value',
              fy: ({ panel }) => panel ?? '',
              r: 2.2,
              fill: ({ curve }) => inks[curves.indexOf(curve) % inks.length],
            },
          ),
          plot.line(
            // What has no value breaks the line.
            rows.filter(({ curve }) => !dotted.includes(curve)),
            {
              x: 'x',
              y: ({ value }) => (drawable(value) ? value : Number.NaN),
              fy: ({ panel }) => panel ?? '',
              z: ({ curve, line }) => `${curve} ${line ?? ''}`,
              stroke: ({ curve }) => inks[curves.indexOf(curve) % inks.length],
              strokeWidth: 1.6,
              strokeOpacity: drawn.some(({ line }) => line > 0) ? 0.75 : 1,
            },
          ),
          // The names of the curves, as one line of words above the first panel.
          ...curves.map((curve, i) =>
            plot.text([curve], {
              fy: () => panels[0],
              frameAnchor: 'top-left',
              dx: 8 + 7.6 * curves.slice(0, i).reduce((sum, before) => sum + before.length + 2.5, 0),
              dy: -22,
              text: (each) => each,
              fill: inks[i % inks.length],
              fontSize: 13,
              fontWeight: 'bold',
            }),
          ),
          ...(spaced
            ? [
                plot.text(panels, {
                  fy: (panel) => panel,
                  frameAnchor: 'top-right',
                  dx: -4,
                  dy: -16,
                  text: (panel) => panel,
                  fontSize: 13,
                }),
                plot.frame({ strokeOpacity: 0.15 }),
              ]
            : []),
        ],
      }),
  };
}
