import * as tf from '@tensorflow/tfjs';
import { entriesInPart, padding, run, type SumInputs, type SumSettings, type Terms, trace } from './terms.js';

/** What is used of the webgl backend. */
export interface WebglBackend extends ReturnType<typeof tf.backend> {
  runWebGLProgram(
    program: object,
    inputs: readonly tf.TensorInfo[],
    dtype: 'float32',
    uniforms: readonly (readonly number[])[],
  ): tf.TensorInfo;
  readonly texData: { get(dataId: object): { readonly texture?: unknown } };
}

const terms: Readonly<Record<Terms, string>> = {
  step: `
    vec4 delta = to - from;
    vec4 u = (y + rho * delta) * scaleY;
    vec4 d = delta * scaleD;
    vec4 conflicts = abs(sign(y) + sign(delta)) + abs(y) * ${trace.toExponential(8)};
    sum += vec4(dot(u, u), dot(d, d), dot(u, d), dot(conflicts, vec4(1.)));`,
  norms: `
    sum += vec4(dot(to, to), dot(abs(y * scaleY * from), vec4(1.)), 0., 0.);`,
};

const padded = `
    if (any(notEqual(start, from)) || any(notEqual(end, to))) sum.w += ${padding.toExponential(8)};`;

/**
 * One pass over packed textures, as the results of products and sums are: a texel holds two by two entries. Part `p` is every texel
 * `p + k·parts`, so that neighbours are read by neighbours.
 */
export function sumsByWebgl(backend: WebglBackend, inputs: SumInputs, settings: SumSettings): tf.Tensor2D {
  const shape = threeDimensional(inputs[1].shape);
  const [batch, rows, columns] = shape;
  const inRow = Math.ceil(columns / 2);
  const inBatch = inRow * Math.ceil(rows / 2);
  const texels = batch * inBatch;
  const parts = Math.ceil((4 * texels) / entriesInPart(inputs[1].size));
  const runs = Math.ceil((4 * texels) / (parts * run));
  const isMatrix = settings.terms === 'step' && inputs[1].rank > 1;
  const program = {
    variableNames: ['Gradient', 'Start', 'End'],
    packedInputs: true,
    packedOutput: true,
    outputShape: [2 * parts, 2],
    customUniforms: ['rho', 'scaleY', 'scaleD'].map((name) => ({ name, type: 'float' })),
    userCode: `
      void main() {
        int part = getOutputCoords().x / 2;
        vec4 total = vec4(0.);
        for (int i = 0; i < ${runs}; i++) {
          vec4 sum = vec4(0.);
          for (int j = 0; j < ${run / 4}; j++) {
            int texel = (i * ${run / 4} + j) * ${parts} + part;
            if (texel >= ${texels}) break;
            int b = texel / ${inBatch};
            int within = texel - b * ${inBatch};
            int row = within / ${inRow};
            int column = 2 * (within - row * ${inRow});
            row *= 2;
            bool right = column + 1 >= ${columns};
            bool below = row + 1 >= ${rows};
            bvec4 outside = bvec4(false, right, below, right || below);
            vec4 y = mix(getGradient(b, row, column), vec4(0.), outside);
            vec4 start = getStart(b, row, column);
            vec4 end = getEnd(b, row, column);
            vec4 from = mix(start, vec4(0.), outside);
            vec4 to = mix(end, vec4(0.), outside);
            ${terms[settings.terms]}
            ${isMatrix ? padded : ''}
          }
          total += sum;
        }
        setOutput(total);
      }`,
  };
  const given = inputs.map(({ dataId, dtype }) => ({ dataId, dtype, shape }));
  const { rho, scaleY, scaleD } = settings;
  const info = backend.runWebGLProgram(program, given, 'float32', [[rho], [scaleY], [scaleD]]);
  return tf.engine().makeTensorFromTensorInfo(info, backend) as tf.Tensor2D;
}

/** The shape that textures are packed by: the last two dimensions, however often. */
function threeDimensional(shape: readonly number[]): [number, number, number] {
  const [rows = 1, columns = 1] = shape.length < 2 ? [1, ...shape] : shape.slice(-2);
  return [shape.slice(0, -2).reduce((product, length) => product * length, 1), rows, columns];
}
