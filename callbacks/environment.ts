import * as tf from '@tensorflow/tfjs';

/** What a run was made with, for the header of its file. */
export interface Environment {
  readonly tfjs: string;
  readonly backend: string;
}

export const environment = (): Environment => ({ tfjs: tf.version.tfjs, backend: tf.getBackend() });

/** A model's parts as they are told in a header: names and numbers of parameters, in order. */
export interface ModelOutline {
  readonly name: string;
  readonly parameters: number;
  readonly layers: readonly string[];
}

export const outline = (model: tf.LayersModel): ModelOutline => ({
  name: model.name,
  parameters: model.countParams(),
  layers: model.layers.map((layer) => `${layer.name} (${layer.getClassName()})`),
});
