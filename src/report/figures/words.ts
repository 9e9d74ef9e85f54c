/** An angle of radians in degrees, to three digits. */
export const degrees = (radians: number): string => `${short((radians * 180) / Math.PI)}°`;

/** Three digits, without powers of ten where they are not needed. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) return value.toExponential(1).replace('e+', 'e');
  return String(Number(value.toPrecision(3)));
}

/** The powers of ten from `low` to `high`, thinned to eight at most. */
export function decades(low: number, high: number): number[] {
  const [from, to] = [Math.ceil(Math.log10(low) - 1e-9), Math.floor(Math.log10(high) + 1e-9)];
  const stride = Math.max(1, Math.ceil((to - from + 1) / 8));
  return Array.from({ length: Math.max(0, Math.floor((to - from) / stride) + 1) }, (_, i) => 10 ** (from + i * stride));
}
