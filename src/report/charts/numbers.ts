const superscripts = '⁰¹²³⁴⁵⁶⁷⁸⁹';
const raised = (exponent: number): string =>
  `${exponent < 0 ? '⁻' : ''}${[...String(Math.abs(exponent))].map((digit) => superscripts[Number(digit)]).join('')}`;

/** A number for people, to `digits` significant ones: 0.0123, 12,345, 1.2 × 10⁻⁷. */
export function shown(value: number, digits = 4): string {
  const size = Math.abs(value);
  if (value !== 0 && (size < 1e-4 || size >= 1e7)) {
    const [mantissa = '', exponent = ''] = value.toExponential(digits - 1).split('e');
    const short = mantissa.includes('.') ? mantissa.replace(/\.?0+$/u, '') : mantissa;
    return `${short} × 10${raised(Number(exponent))}`
      .replace(/^1 × /u, '')
      .replace(/^-1 × /u, '−')
      .replace(/^-/u, '−');
  }
  return new Intl.NumberFormat('en', { maximumSignificantDigits: digits }).format(value).replace('-', '−');
}

/** Numbers at ticks, where room is short: to as few digits as tell them apart. */
export function tickLabels(ticks: readonly number[]): string[] {
  const labels = (digits: number): string[] => ticks.map((tick) => shown(tick, digits).replace(' × ', '×'));
  const digits = [3, 4, 5, 6, 7, 8].find((each) => new Set(labels(each)).size === ticks.length);
  return labels(digits ?? 9);
}

/** A number in a table: short, and exact to six digits. */
export const tabulated = (value: number): string =>
  Number.isInteger(value) && Math.abs(value) < 1e15 ? String(value) : String(Number(value.toPrecision(6)));

export const steps = (count: number): string => `${shown(count, 12)} ${count === 1 ? 'step' : 'steps'}`;

export const share = (part: number, whole: number): string => {
  if (part === 0 || whole === 0) return '0 %';
  const percent = (100 * part) / whole;
  if (part === whole) return '100 %';
  // What is not all, or not nothing, is not rounded to it.
  return `${percent > 99.9 ? '> 99.9' : percent < 0.1 ? '< 0.1' : percent.toFixed(1)} %`;
};

export const degrees = (radians: number): number => (radians * 180) / Math.PI;

/** Ticks of an axis of powers between `low` and `high`, at most about `most`. */
export function powerTicks(low: number, high: number, most: number): number[] {
  const first = Math.ceil(Math.log10(low) - 1e-9);
  const last = Math.floor(Math.log10(high) + 1e-9);
  const stride = Math.max(1, Math.ceil((last - first + 1) / most));
  const powers = Array.from(
    { length: Math.max(0, Math.floor((last - first) / stride) + 1) },
    (_, i) => first + i * stride,
  );
  const ticks = powers.map((power) => Number(`1e${String(power)}`));
  if (powers.length > 2) return ticks;
  return Array.from({ length: last - first + 3 }, (_, i) => first - 1 + i)
    .flatMap((power) => [1, 2, 5].map((digit) => Number(`${String(digit)}e${String(power)}`)))
    .filter((tick) => tick >= low && tick <= high);
}
