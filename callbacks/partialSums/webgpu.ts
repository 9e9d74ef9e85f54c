import * as tf from '@tensorflow/tfjs';
import { entriesInPart, run, type SumInputs, type SumSettings, type Terms, trace } from './terms.js';

interface Uniform {
  readonly type: 'int32' | 'float32';
  readonly data: readonly number[];
}

/** What is used of the webgpu backend. */
export interface WebgpuBackend extends ReturnType<typeof tf.backend> {
  runWebGPUProgram(
    program: object,
    inputs: readonly tf.TensorInfo[],
    dtype: 'float32',
    uniforms: readonly Uniform[],
  ): tf.TensorInfo;
  readonly tensorMap: { get(dataId: object): { readonly resource?: unknown } };
}

const threads = 64;
const terms: Readonly<Record<Terms, string>> = {
  step: `
    let delta = endings[k] - starts[k];
    let u = (gradients[k] + uniforms.rho * delta) * uniforms.scaleY;
    let d = delta * uniforms.scaleD;
    sum += vec4<f32>(u * u, d * d, u * d, abs(sign(gradients[k]) + sign(delta)) + abs(gradients[k]) * ${trace.toExponential(8)});`,
  norms: `
    sum += vec4<f32>(endings[k] * endings[k], abs(gradients[k] * uniforms.scaleY * starts[k]), 0.0, 0.0);`,
};

/** One pass, a thread for each part. Part `p` is every entry `p + k·parts`, so that neighbours are read by neighbours. */
export function sumsByWebgpu(backend: WebgpuBackend, inputs: SumInputs, settings: SumSettings): tf.Tensor2D {
  const { size } = inputs[1];
  const parts = Math.ceil(size / entriesInPart(size));
  const program = {
    variableNames: ['gradients', 'starts', 'endings'],
    uniforms: 'entries : i32, parts : i32, rho : f32, scaleY : f32, scaleD : f32,',
    outputShape: [2 * parts, 2],
    workgroupSize: [threads, 1, 1],
    dispatchLayout: { x: [0, 1] },
    dispatch: [Math.ceil(parts / threads), 1, 1],
    shaderKey: `steepestPartialSums_${settings.terms}`,
    getUserCode: () => `
      fn main(part : i32) {
        if (part >= uniforms.parts) {
          return;
        }
        let each = (uniforms.entries - 1) / uniforms.parts + 1;
        var total = vec4<f32>(0.0);
        for (var i = 0; i < each; i += ${run}) {
          var sum = vec4<f32>(0.0);
          for (var j = i; j < min(i + ${run}, each); j++) {
            let k = j * uniforms.parts + part;
            if (k < uniforms.entries) {
              ${terms[settings.terms]}
            }
          }
          total += sum;
        }
        for (var i = 0; i < 4; i++) {
          result[4 * part + i] = total[i];
        }
      }`,
  };
  const given = inputs.map(({ dataId, dtype }) => ({ dataId, dtype, shape: [size] }));
  const { rho, scaleY, scaleD } = settings;
  const uniforms: Uniform[] = [
    { type: 'int32', data: [size] },
    { type: 'int32', data: [parts] },
    ...[rho, scaleY, scaleD].map((value) => ({ type: 'float32', data: [value] }) as const),
  ];
  const info = backend.runWebGPUProgram(program, given, 'float32', uniforms);
  return tf.engine().makeTensorFromTensorInfo(info, backend) as tf.Tensor2D;
}
