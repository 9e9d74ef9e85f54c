/**
 * Importing this registers, on the backend wasm, the kernels that gradients of convolutions, depthwise and separable convolutions
 * and embeddings need and that `@tensorflow/tfjs-backend-wasm` does not bring: made of kernels that it does bring, and only where
 * there is none yet.
 *
 * @packageDocumentation
 */
import * as tf from '@tensorflow/tfjs';

type Padding = Parameters<typeof tf.conv2d>[3];
type Rounding = Parameters<typeof tf.conv2d>[6];

interface ConvolutionAttributes {
  readonly strides: [number, number] | number;
  readonly pad: Padding;
  readonly dimRoundingMode?: Rounding;
  readonly dataFormat?: 'NHWC' | 'NCHW';
  readonly filterShape: [number, number, number, number];
  readonly inputShape: [number, number, number, number];
}

type Attributes = ConvolutionAttributes & { readonly numSegments: number };
type Compose = (inputs: Readonly<Record<string, tf.Tensor>>, attributes: Attributes) => tf.Tensor;

/** Adds zeros around height and width, or takes rows and columns away where a number is negative. `x`: `[N, H, W, C]`. */
function padded(x: tf.Tensor4D, [top, bottom]: [number, number], [left, right]: [number, number]): tf.Tensor4D {
  const grown = [top, bottom, left, right].map((each) => Math.max(0, each)) as [number, number, number, number];
  const cut = [top, bottom, left, right].map((each) => Math.max(0, -each)) as [number, number, number, number];
  const large = tf.pad4d(x, [
    [0, 0],
    [grown[0], grown[1]],
    [grown[2], grown[3]],
    [0, 0],
  ]);
  const [, height, width] = large.shape;
  return tf.slice4d(large, [0, cut[0], cut[2], 0], [-1, height - cut[0] - cut[1], width - cut[2] - cut[3], -1]);
}

/** Puts `stride − 1` zeros between neighbours in height and width. */
function spread(x: tf.Tensor4D, [down, across]: [number, number]): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  const rows = tf.pad3d(tf.reshape(x, [batch * height, 1, width * channels]), [
    [0, 0],
    [0, down - 1],
    [0, 0],
  ]);
  const entries = tf.pad3d(tf.reshape(rows, [batch * height * down * width, 1, channels]), [
    [0, 0],
    [0, across - 1],
    [0, 0],
  ]);
  const all: tf.Tensor4D = tf.reshape(entries, [batch, height * down, width * across, channels]);
  return tf.slice4d(all, [0, 0, 0, 0], [-1, (height - 1) * down + 1, (width - 1) * across + 1, -1]);
}

/** `∂/∂W` of `conv2d`: x and dy change roles, strides become dilations. One convolution. */
const conv2dFilter: Compose = ({ x, dy }, { strides, pad, dimRoundingMode, dataFormat, filterShape }) => {
  const [input, change] = [x, dy].map((each) =>
    dataFormat === 'NCHW' ? tf.transpose(each as tf.Tensor4D, [0, 2, 3, 1]) : (each as tf.Tensor4D),
  ) as [tf.Tensor4D, tf.Tensor4D];
  const info = tf.backend_util.computeConv2DInfo(input.shape, filterShape, strides, 1, pad, dimRoundingMode);
  const { top, bottom, left, right } = info.padInfo;
  const images: tf.Tensor4D = tf.transpose(padded(input, [top, bottom], [left, right]), [3, 1, 2, 0]);
  const filters: tf.Tensor4D = tf.transpose(change, [1, 2, 0, 3]);
  const every: [number, number] = [info.strideHeight, info.strideWidth];
  const products = tf.conv2d(images, filters, 1, 'valid', 'NHWC', every);
  const [height, width] = filterShape;
  return tf.transpose(tf.slice4d(products, [0, 0, 0, 0], [-1, height, width, -1]), [1, 2, 0, 3]);
};

/** tfjs refuses gradients of dilated ones on every backend. */
const depthwiseInfo = (
  input: [number, number, number, number],
  { filterShape, strides, pad, dimRoundingMode }: Omit<Attributes, 'inputShape'>,
) => tf.backend_util.computeConv2DInfo(input, filterShape, strides, 1, pad, dimRoundingMode, true);

/** `∂/∂x` of `depthwiseConv2d`: dy spread by the strides, convolved with the flipped filter, one multiplier at a time. */
const depthwiseInput: Compose = ({ dy, filter }, attributes) => {
  const { inputShape } = attributes;
  const [, height, width, channels] = inputShape;
  const filterShape = (filter as tf.Tensor4D).shape;
  const info = depthwiseInfo(inputShape, { ...attributes, filterShape });
  const [batch, outHeight, outWidth] = (dy as tf.Tensor4D).shape;
  const multiplier = filterShape[3];
  const flipped = tf.reverse4d(filter as tf.Tensor4D, [0, 1]);
  const changes: tf.Tensor3D = tf.reshape(dy as tf.Tensor, [batch * outHeight * outWidth, channels, multiplier]);
  const around = (reach: number, before: number, size: number, spreadSize: number): [number, number] => {
    const first = reach - 1 - before;
    return [first, size + reach - 1 - first - spreadSize];
  };
  const parts = Array.from({ length: multiplier }, (_, q) => {
    const change: tf.Tensor4D = tf.reshape(tf.slice3d(changes, [0, 0, q], [-1, -1, 1]), [
      batch,
      outHeight,
      outWidth,
      channels,
    ]);
    const apart = spread(change, [info.strideHeight, info.strideWidth]);
    const ready = padded(
      apart,
      around(info.filterHeight, info.padInfo.top, height, apart.shape[1]),
      around(info.filterWidth, info.padInfo.left, width, apart.shape[2]),
    );
    return tf.depthwiseConv2d(ready, tf.slice4d(flipped, [0, 0, 0, q], [-1, -1, -1, 1]), 1, 'valid');
  });
  return tf.addN(parts);
};

/** `∂/∂W` of `depthwiseConv2d`: for each place in the filter, the pixels that it met times dy. */
const depthwiseFilter: Compose = ({ x, dy }, attributes) => {
  const input = x as tf.Tensor4D;
  const info = depthwiseInfo(input.shape, attributes);
  const { top, bottom, left, right } = info.padInfo;
  const image = padded(input, [top, bottom], [left, right]);
  const [height, width, channels, multiplier] = attributes.filterShape;
  const count = info.batchSize * info.outHeight * info.outWidth;
  const change = tf.reshape(dy as tf.Tensor, [count, channels, multiplier]);
  const places: tf.Tensor[] = [];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const end = [
        info.batchSize,
        i + (info.outHeight - 1) * info.strideHeight + 1,
        j + (info.outWidth - 1) * info.strideWidth + 1,
        channels,
      ];
      const met = tf.stridedSlice(image, [0, i, j, 0], end, [1, info.strideHeight, info.strideWidth, 1]);
      places.push(tf.sum(tf.mul(tf.reshape(met, [count, channels, 1]), change), 0));
    }
  }
  return tf.reshape(tf.stack(places), [height, width, channels, multiplier]);
};

/** Sums of rows with the same number, which `gather` and embeddings need. Computed in JavaScript; rows of other numbers are dropped. */
const segmentSum: Compose = ({ x, segmentIds }, { numSegments }) => {
  const rows = x as tf.Tensor;
  const ids = (segmentIds as tf.Tensor).dataSync();
  const values = rows.dataSync();
  const width = values.length / Math.max(1, ids.length);
  const sums = rows.dtype === 'int32' ? new Int32Array(numSegments * width) : new Float32Array(numSegments * width);
  ids.forEach((id, row) => {
    if (id < 0 || id >= numSegments) return;
    for (let k = 0; k < width; k++) (sums[id * width + k] as number) += values[row * width + k] as number;
  });
  const inner = rows.shape.slice((segmentIds as tf.Tensor).rank);
  return tf.tensor(sums, [numSegments, ...inner], rows.dtype);
};

const composed: Readonly<Record<string, Compose>> = {
  [tf.Conv2DBackpropFilter]: conv2dFilter,
  [tf.DepthwiseConv2dNativeBackpropInput]: depthwiseInput,
  [tf.DepthwiseConv2dNativeBackpropFilter]: depthwiseFilter,
  [tf.UnsortedSegmentSum]: segmentSum,
};

/**
 * Registers what the backend wasm lacks for training; importing `steepest/wasm-gradients` has done it. Each is within 1e-5 of the
 * same kernel on cpu, relative to its largest entry. @returns the kernels that were missing
 */
export function registerWasmGradients(): string[] {
  const missing = Object.keys(composed).filter((kernelName) => !tf.getKernel(kernelName, 'wasm'));
  for (const kernelName of missing) {
    const compose = composed[kernelName] as Compose;
    tf.registerKernel({
      kernelName,
      backendName: 'wasm',
      kernelFunc: ({ inputs, attrs }) =>
        tf.tidy(() => compose(inputs as Record<string, tf.Tensor>, attrs as object as Attributes)),
    });
  }
  return missing;
}

registerWasmGradients();
