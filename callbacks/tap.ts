type Method = (...given: unknown[]) => unknown;
type Around = (this: unknown, call: Method, given: unknown[]) => unknown;

/**
 * A method that everybody calls, of the engine, say, which is led past whoever asks while something runs. To replace a method of a prototype
 * and put it back makes all its calls slow for a while: who asks at every step holds the tap from the first to the last.
 */
export class Tap {
  #around: Around | null = null;
  #holders = 0;
  #remove: () => void = () => undefined;

  /** @param object where the method is found, or on the way up from it */
  constructor(
    private readonly object: () => object,
    private readonly key: string,
  ) {}

  /** Keeps the tap where it is until what this returns is called. With the last one the method is as it was. */
  hold(): () => void {
    if (this.#holders++ === 0) this.#remove = this.#place();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      if (--this.#holders === 0) this.#remove();
    };
  }

  /** Has `around` make all calls of the method while `body` runs; within another `while` its calls go through that one's. */
  while<T>(around: Around, body: () => T): T {
    const release = this.hold();
    const outer = this.#around;
    this.#around =
      outer === null
        ? around
        : function (call, given) {
            return around.call(this, (...inner) => outer.call(this, call, inner), given);
          };
    try {
      return body();
    } finally {
      this.#around = outer;
      release();
    }
  }

  #place(): () => void {
    let owner = this.object();
    while (!Object.hasOwn(owner, this.key)) owner = Object.getPrototypeOf(owner) as object;
    const original = Reflect.get(owner, this.key) as Method;
    const around = (): Around | null => this.#around;
    let placed = true;
    // Written out: a rest parameter costs more than many a method.
    const tapped = function (this: unknown, a: unknown, b: unknown, c: unknown): unknown {
      const asked = placed ? around() : null;
      return asked === null
        ? original.call(this, a, b, c)
        : asked.call(this, (...inner) => original.apply(this, inner), [a, b, c]);
    };
    Reflect.set(owner, this.key, tapped);
    return () => {
      placed = false;
      // Somebody may have put another one over it.
      if (Reflect.get(owner, this.key) === tapped) Reflect.set(owner, this.key, original);
    };
  }
}
