import * as tf from '@tensorflow/tfjs';

/** What is looked at of the webgl and webgpu backends. */
type DeviceBackend = ReturnType<typeof tf.backend> & {
  readonly gpgpu?: { readonly gl?: { isContextLost(): boolean } };
  readonly device?: { readonly lost: Promise<unknown> };
};

const watched = new WeakSet<object>();
const lost = new WeakSet<object>();

const remedy =
  'what it held is gone, and the training can’t go on: reload the page, or tf.removeBackend() it, set it up anew and load the last saved model';

/** Why nothing that this device computes can be certified; `null`: it can. */
export function deviceTrouble(): string | null {
  const name = tf.getBackend();
  const { gpgpu, device } = tf.backend() as DeviceBackend;
  if (device && !watched.has(device)) {
    watched.add(device);
    void device.lost.then(() => lost.add(device));
  }
  if (gpgpu?.gl?.isContextLost() || (device && lost.has(device)))
    return `the backend "${name}" has lost its device; ${remedy}`;
  // The backend's own `floatPrecision()` answers 16 also where it computes with 32.
  return name === 'webgl' && !tf.env().getBool('WEBGL_RENDER_FLOAT32_ENABLED')
    ? 'the device computes with 16 bits, too few to certify anything: train on cpu or wasm'
    : null;
}
