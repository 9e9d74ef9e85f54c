import * as tf from '@tensorflow/tfjs';
import { Evaluation } from '../../callbacks/evaluation.js';
import { isOnDevice } from '../../callbacks/isOnDevice.js';
import { inFloat64 } from './float64Networks.js';
import { type KernelCase, kernelCases } from './kernelCases.js';

export interface SurveyedKernel {
  readonly name: string;
  /** By how much the gradient misses differences of the loss in float64, relative to those, or the kernel what cpu gives. */
  readonly gap: number;
  /** What is said of it. */
  readonly told: string | null;
}

const weights = (size: number): number[] => Array.from({ length: size }, (_, i) => Math.sin(1 + 2.3 * i));

const applied = ({ of }: KernelCase, given: readonly tf.Tensor[]): tf.Tensor =>
  tf.cast((of as (...tensors: readonly tf.Tensor[]) => tf.Tensor)(...given), 'float32');

/** A scalar that every entry has its own part in. */
const lossOf = (kernel: KernelCase, given: readonly tf.Tensor[]): tf.Scalar =>
  tf.tidy(() => {
    const output = applied(kernel, given);
    return tf.sum(tf.mul(output, tf.tensor(weights(output.size), output.shape)));
  });

/** Central differences in float64, on cpu. */
function slopes(kernel: KernelCase): number[] {
  const at = (moved: number, entry: number, shift: number): number =>
    inFloat64(() =>
      tf.tidy(() => {
        const given = kernel.at.map(({ shape, values }, i) => {
          const numbers = Array.from(values);
          if (i === moved) numbers[entry] = (numbers[entry] as number) + shift;
          return tf.tensor(numbers, shape, 'float32');
        });
        return lossOf(kernel, given).dataSync()[0] as number;
      }),
    );
  const h = 1e-6;
  return kernel.at.flatMap(({ values }, i) => values.map((_, k) => (at(i, k, h) - at(i, k, -h)) / (2 * h)));
}

const exactOutput = (kernel: KernelCase): number[] =>
  inFloat64(() =>
    tf.tidy(() => {
      const given = kernel.at.map(({ values, shape }) => tf.tensor(values, shape, 'float32'));
      return Array.from(applied(kernel, given).dataSync());
    }),
  );

async function outputOf(kernel: KernelCase, given: readonly tf.Tensor[]): Promise<number[]> {
  const output = tf.tidy(() => applied(kernel, given));
  const numbers = Array.from(await output.data());
  output.dispose();
  return numbers;
}

const apart = (found: readonly number[], truth: readonly number[]): number =>
  Math.max(...found.map((number, i) => Math.abs(number - (truth[i] as number)))) / (Math.hypot(...truth) + 1e-3);

async function surveyed(name: string, kernel: KernelCase, backend: string): Promise<SurveyedKernel | null> {
  await tf.setBackend('cpu');
  const truth = { slopes: slopes(kernel), output: exactOutput(kernel) };
  await tf.setBackend(backend);
  const variables = kernel.at.map(({ values, shape }) => tf.tidy(() => tf.variable(tf.tensor(values, shape))));
  const loss = (): tf.Scalar => lossOf(kernel, variables);
  let found: tf.Tensor[] = [];
  try {
    const evaluation = new Evaluation(loss, null, isOnDevice() ? () => undefined : null);
    const { value, grads } = tf.tidy(() => tf.variableGrads(evaluation.first, variables));
    const looks = evaluation.takeLooks();
    looks?.read(Float64Array.from(await looks.numbers.data()));
    looks?.numbers.dispose();
    const told = evaluation.wrongGradient;
    value.dispose();
    found = variables.map((variable) => grads[variable.name] as tf.Tensor);
    const numbers = (await Promise.all(found.map((each) => each.data()))).flatMap((each) => [...each]);
    const gap = Math.max(apart(numbers, truth.slopes), apart(await outputOf(kernel, variables), truth.output));
    return { name, gap: Number.isNaN(gap) ? Infinity : gap, told };
  } catch {
    // TensorFlow.js has no gradient of it there.
    return null;
  } finally {
    tf.dispose([...variables, ...found]);
  }
}

/** What the gradients of a backend are worth, kernel by kernel; those it has none of are left out. */
export async function gradientSurvey(backend: string, seed: number): Promise<SurveyedKernel[]> {
  await tf.setBackend('cpu');
  const found: SurveyedKernel[] = [];
  for (const [name, kernel] of Object.entries(kernelCases(seed))) {
    const one = await surveyed(name, kernel, backend);
    if (one) found.push(one);
  }
  return found;
}

/** What is wrong at times: by the memory it happens on, or where two numbers happen to be near each other. */
export const sometimes: Readonly<Record<string, RegExp>> = {
  wasm: /^conv3d|^dilation2d/,
  tensorflow: /^maxPool3d/,
  webgpu: /^cumsum|^prod/,
};
