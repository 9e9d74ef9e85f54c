import * as tf from '@tensorflow/tfjs';
import { resultOf } from '../../callbacks/arithmetic.js';
import { Evaluation } from '../../callbacks/evaluation.js';
import { readAsync } from '../../callbacks/hessian/reads.js';
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

/** What `read` gives of tensors with these values, in float64, on cpu. */
const exactly = (
  { at }: KernelCase,
  values: readonly (readonly number[])[],
  read: (given: readonly tf.Tensor[]) => tf.Tensor,
): number[] =>
  inFloat64(() =>
    tf.tidy(() =>
      Array.from(read(at.map(({ shape }, i) => tf.tensor([...(values[i] ?? [])], shape, 'float32'))).dataSync()),
    ),
  );

/** The output, and central differences of the loss. */
function truthOf(kernel: KernelCase): { readonly output: number[]; readonly slopes: number[] } {
  const here = kernel.at.map(({ values }) => values);
  const lossAt = (moved: number, entry: number, shift: number): number => {
    const there = here.map((values, i) =>
      values.map((value, k) => (i === moved && k === entry ? value + shift : value)),
    );
    return exactly(kernel, there, (given) => lossOf(kernel, given))[0] as number;
  };
  const h = 1e-6;
  return {
    output: exactly(kernel, here, (given) => applied(kernel, given)),
    slopes: here.flatMap((values, i) => values.map((_, k) => (lossAt(i, k, h) - lossAt(i, k, -h)) / (2 * h))),
  };
}

async function outputOf(kernel: KernelCase, given: readonly tf.Tensor[]): Promise<number[]> {
  const output = tf.tidy(() => applied(kernel, given));
  const numbers = Array.from(await output.data());
  output.dispose();
  return numbers;
}

const apart = (found: readonly number[], truth: readonly number[]): number =>
  Math.max(...found.map((number, i) => Math.abs(number - (truth[i] as number)))) / (Math.hypot(...truth) + 1e-3);

/** Has TensorFlow.js a gradient of it here? */
function isDifferentiable(loss: () => tf.Scalar, variables: tf.Variable[]): boolean {
  try {
    tf.tidy(() => void tf.variableGrads(loss, variables));
    return true;
  } catch {
    return false;
  }
}

async function surveyed(name: string, kernel: KernelCase, backend: string): Promise<SurveyedKernel | null> {
  await tf.setBackend('cpu');
  const truth = truthOf(kernel);
  await tf.setBackend(backend);
  const variables = kernel.at.map(({ values, shape }) => tf.tidy(() => tf.variable(tf.tensor(values, shape))));
  const loss = (): tf.Scalar => lossOf(kernel, variables);
  try {
    if (!isDifferentiable(loss, variables)) return null;
    const evaluation = new Evaluation(loss, null, null, isOnDevice());
    const { value, grads } = tf.tidy(() => tf.variableGrads(evaluation.first, variables));
    const looks = evaluation.takeLooks();
    if (looks !== null) await readAsync(resultOf(looks));
    const found = variables.map((variable) => grads[variable.name] as tf.Tensor);
    const numbers = (await Promise.all(found.map((each) => each.data()))).flatMap((each) => [...each]);
    tf.dispose([value, ...found]);
    const gap = Math.max(apart(numbers, truth.slopes), apart(await outputOf(kernel, variables), truth.output));
    return { name, gap: Number.isNaN(gap) ? Infinity : gap, told: evaluation.wrongGradient };
  } finally {
    tf.dispose(variables);
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
const sometimes: Readonly<Record<string, RegExp>> = {
  wasm: /^conv3d|^dilation2d/,
  tensorflow: /^maxPool3d/,
  webgpu: /^cumsum|^prod/,
};

/** Those that are wrong by more than `tolerance` and not told of, and those that are told of and right. */
export const misjudged = (backend: string, found: readonly SurveyedKernel[], tolerance: number): SurveyedKernel[] =>
  found.filter(({ name, gap, told }) =>
    gap > tolerance ? told === null : told !== null && !sometimes[backend]?.test(name),
  );
