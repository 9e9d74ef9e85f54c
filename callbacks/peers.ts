import * as tf from '@tensorflow/tfjs';
import { messageOf } from '../src/messageOf.js';

/** The TensorFlow.js that Steepest was measured with, and what else it may be: the peer range of package.json. */
const oldest = [4, 22] as const;

const oneCopy =
  'a program must hold one copy of TensorFlow.js: `npm ls @tensorflow/tfjs-core` shows them, `npm dedupe` or the same version everywhere makes one of them';

/**
 * Is this TensorFlow.js one that Steepest may hook into? It looks at parts which other versions have in another shape.
 *
 * @throws Error that says which is needed
 */
export function expectSupported(version: string = tf.version_core): void {
  const [major, minor] = version.split('.').map(Number);
  if (major === oldest[0] && minor !== undefined && minor >= oldest[1]) return;
  const [a, b] = oldest.map(String) as [string, string];
  throw new Error(
    `monitor: expected TensorFlow.js ^${a}.${b}.0, got ${version}: npm install @tensorflow/tfjs@^${a}.${b}.0`,
  );
}

/**
 * Did this TensorFlow.js make the engine? There is one for the whole page, and whoever is loaded first makes it; its variables are of that
 * copy, where nothing is hooked: a watched training would come out otherwise, or throw.
 *
 * @throws Error that says what to load first
 */
export function expectEngine(who: string, engine: object = tf.engine()): void {
  const environment: unknown = Reflect.get(engine, 'ENV');
  if (inherits(environment, tf.Environment)) return;
  throw new Error(
    `${who}: expected the engine of the TensorFlow.js that Steepest uses (${tf.version_core}), got that of another copy which was loaded first; ${oneCopy}. In a page tfjs-vis brings an older copy along, and a plain <script> runs before every module: load TensorFlow.js before it, by an \`import\` of each`,
  );
}

/**
 * Is there a backend to compute with?
 *
 * @throws Error that says how one is made ready
 */
export function expectBackend(who: string): void {
  try {
    tf.backend();
  } catch (error) {
    const reason = messageOf(error);
    throw new Error(
      `${who}: expected a TensorFlow.js backend that is ready, got none; \`await tf.ready()\` or \`await tf.setBackend('cpu')\` first. TensorFlow.js says: ${reason}`,
      { cause: error },
    );
  }
}

const made = {
  'an optimizer': (given: object) => given instanceof tf.Optimizer && !inherits(given, tf.Optimizer),
  'a model': (given: object) =>
    'getClassName' in given && 'makeTrainFunction' in given && !inherits(given, tf.LayersModel),
  'a variable': (given: object) => given instanceof tf.Variable && !inherits(given, tf.Variable),
};

/** `instanceof` of tfjs asks for the right methods only; this is the chain of prototypes. */
const inherits = (given: unknown, family: { readonly prototype: unknown }): boolean =>
  Object.prototype.isPrototypeOf.call(family.prototype as object, given as object);

/**
 * Is `given` made by the very TensorFlow.js that Steepest holds? Another copy has other classes, and what is hooked here would
 * not be what trains there.
 *
 * @throws TypeError that says how to have one copy only
 */
export function expectOwn(who: string, kind: keyof typeof made, given: object): void {
  if (!made[kind](given)) return;
  throw new TypeError(
    `${who}: expected ${kind} of the TensorFlow.js that Steepest uses (${tf.version_core}), got one of another copy; ${oneCopy}`,
  );
}
