import type * as tf from '@tensorflow/tfjs';

/** One run of a kernel, and what is known of the direction its inputs move in. */
export interface KernelCall {
  readonly kernel: string;
  /** The inputs by name; those of a kernel that takes a list are named `'0'`, `'1'`, … */
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly outputs: readonly tf.Tensor[];
  /** Tangents of the inputs; an input that does not move has none. */
  readonly tangents: Readonly<Record<string, tf.Tensor>>;
  /** The same kernel on other inputs, and with other attributes where given. */
  run(inputs: Readonly<Record<string, tf.Tensor>>, attrs?: Readonly<Record<string, unknown>>): tf.Tensor[];
}

/** Tangents of the outputs, from those of the inputs: the kernel's own derivative, applied. An empty list: they do not move. */
export type TangentRule = (call: KernelCall) => readonly tf.Tensor[];

/** What is known of one kernel. */
export interface KernelRule {
  readonly rule: TangentRule;
  /** How the rule works, in words, for people. */
  readonly how: string;
  /** For a kernel with kinks or jumps: a tensor that changes where one is crossed (`null`: this run has none). Absent: smooth. */
  readonly branches?: (call: KernelCall) => tf.Tensor | null;
}

export type KernelRules = Readonly<Record<string, KernelRule>>;
