/** Gathers what does not agree, as `path: expected …, got …`. */
export class Findings {
  readonly problems: string[] = [];

  /** `|got − wanted| ≤ tolerance · scale`, scale the larger of both unless given. NaN never agrees. */
  close(
    path: string,
    wanted: number,
    got: number,
    tolerance: number,
    scale = Math.max(Math.abs(wanted), Math.abs(got)),
  ): void {
    if (!(Math.abs(wanted - got) <= tolerance * scale)) this.problems.push(`${path}: expected ${wanted}, got ${got}`);
  }

  /** Vectors, entry by entry, against the largest entry. */
  vectors(path: string, wanted: ArrayLike<number>, got: ArrayLike<number>, tolerance: number): void {
    if (wanted.length !== got.length) {
      this.problems.push(`${path}: expected ${wanted.length} numbers, got ${got.length}`);
      return;
    }
    const scale = Math.max(...Array.from(wanted, Math.abs), Number.MIN_VALUE);
    for (let i = 0; i < wanted.length; i++)
      this.close(`${path}[${i}]`, wanted[i] as number, got[i] as number, tolerance, scale);
  }

  is(path: string, wanted: unknown, got: unknown): void {
    if (wanted !== got) this.problems.push(`${path}: expected ${String(wanted)}, got ${String(got)}`);
  }
}

export const dot = (u: ArrayLike<number>, v: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < u.length; i++) sum += (u[i] as number) * (v[i] as number);
  return sum;
};

/** `u + factor · v`. */
export const plus = (u: readonly number[], factor: number, v: readonly number[]): number[] =>
  u.map((ui, i) => ui + factor * (v[i] as number));
