import * as tf from '@tensorflow/tfjs';

/** What is used of the wasm backend: a view of a tensor's data in the wasm heap. */
interface HeapBackend {
  typedArrayFromHeap(info: { shape: number[]; dtype: string; dataId: object }): ArrayLike<number>;
  dataIdMap: { has(dataId: object): boolean };
}

const hasHeap = (backend: object): backend is HeapBackend =>
  'typedArrayFromHeap' in backend && typeof backend.typedArrayFromHeap === 'function' && 'dataIdMap' in backend;

/**
 * The numbers of a float32 tensor without a copy where the backend allows it (cpu: the live buffer; wasm: a view of its
 * heap), else as the backend gives them. The view is only good until the next tensor operation: read it and let go.
 */
export function hostArray(tensor: tf.Tensor): Float32Array {
  const backend: object = tf.backend();
  if (hasHeap(backend) && backend.dataIdMap.has(tensor.dataId)) {
    const view = backend.typedArrayFromHeap({ shape: tensor.shape, dtype: tensor.dtype, dataId: tensor.dataId });
    if (view instanceof Float32Array) return view;
  }
  const data = tensor.dataSync();
  return data instanceof Float32Array ? data : Float32Array.from(data);
}
