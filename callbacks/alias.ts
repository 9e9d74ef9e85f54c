import * as tf from '@tensorflow/tfjs';

/**
 * A kept tensor that shares the data of `tensor`, on every backend: what the variable is assigned later doesn't change it. No
 * kernel runs, so a watch that has other tensors stand in for those a kernel is given has none here.
 */
export function alias(tensor: tf.Tensor): tf.Tensor {
  const engine = tf.engine();
  const { dataId, shape, dtype } = tensor;
  const backend = engine.state.tensorInfo.get(dataId)?.backend ?? tf.backend();
  const shared = engine.makeTensorFromTensorInfo({ dataId, shape, dtype }, backend);
  backend.incRef(dataId);
  return tf.keep(shared);
}
