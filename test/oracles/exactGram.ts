/** A float64 number as an exact fraction of a power of two: `mantissa · 2^exponent`. */
interface Exact {
  readonly mantissa: bigint;
  readonly exponent: number;
}

function exact(value: number): Exact {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, value);
  const high = bits.getUint32(0);
  const field = (high >>> 20) & 0x7ff;
  const fraction = (BigInt(high & 0xfffff) << 32n) | BigInt(bits.getUint32(4));
  const mantissa = field === 0 ? fraction : fraction | (1n << 52n);
  return { mantissa: high >>> 31 ? -mantissa : mantissa, exponent: (field === 0 ? 1 : field) - 1075 };
}

/** `Σ uᵢvᵢ` without any rounding, as an integer in units of `2^(2·low)`. */
function exactDot(u: readonly number[], v: readonly number[], low: [number, number]): bigint {
  return u.reduce((sum, ui, i) => {
    const [a, b] = [exact(ui), exact(v[i] as number)];
    return sum + ((a.mantissa * b.mantissa) << BigInt(a.exponent + b.exponent - low[0] - low[1]));
  }, 0n);
}

const lowest = (values: readonly number[]): number => Math.min(...values.map((value) => exact(value).exponent));

function squareRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((value.toString(2).length + 1) >> 1);
  for (let next = (root + value / root) >> 1n; next < root; next = (root + value / root) >> 1n) root = next;
  return root;
}

/** `a/b` as float64, to full accuracy. */
function ratio(a: bigint, b: bigint): number {
  const shift = 80n + BigInt(Math.max(0, b.toString(2).length - a.toString(2).length));
  return Number((a << shift) / b) / 2 ** Number(shift);
}

/** sin ψ and cos ψ of `y` and `g` from exact rational arithmetic, good to the last digit however small they are. */
export function exactAngle(y: readonly number[], g: readonly number[]): { sine: number; cosine: number } {
  const [ly, lg] = [lowest(y), lowest(g)];
  const yy = exactDot(y, y, [ly, ly]);
  const gg = exactDot(g, g, [lg, lg]);
  const yg = exactDot(y, g, [ly, lg]);
  const scale = 1n << 300n;
  const product = squareRoot(yy * gg * scale * scale);
  const across = yy * gg - yg * yg;
  return { sine: ratio(squareRoot(across * scale * scale), product), cosine: ratio(yg * scale, product) };
}
