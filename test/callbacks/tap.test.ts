import { describe, expect, it } from 'vitest';
import { Tap } from '../../callbacks/tap.js';

describe('a tap', () => {
  const pipe = (): { say: (word: string, times?: number) => string } =>
    Object.create({ say: (word: string, times = 1) => word.repeat(times) }) as ReturnType<typeof pipe>;

  it('leads calls past who asks, the inner through the outer, and leaves nothing', () => {
    const object = pipe();
    const original = object.say;
    const tap = new Tap(() => object, 'say');
    const release = tap.hold();
    expect(object.say('a', 2)).toBe('aa');
    const said = tap.while(
      (call, given) => `<${String(call(...given))}>`,
      () =>
        tap.while(
          (call, [word]) => `(${String(call(`${String(word)}!`))})`,
          () => object.say('b'),
        ) + object.say('c'),
    );
    expect(said).toBe('(<b!>)<c>');
    expect(object.say('d')).toBe('d');
    release();
    release();
    expect(object.say).toBe(original);
    expect(Object.keys(object)).toEqual([]);
  });

  it('is put back after what throws, and stays out of the way of who put something over it', () => {
    const object = pipe();
    const original = object.say;
    const tap = new Tap(() => object, 'say');
    expect(() =>
      tap.while(
        () => 'never',
        () => {
          throw new Error('not ours');
        },
      ),
    ).toThrow('not ours');
    expect(object.say).toBe(original);
    const prototype = Object.getPrototypeOf(object) as { say: (word: string) => string };
    const release = tap.hold();
    const under = prototype.say;
    const theirs = (word: string): string => `${under(word)}, they say`;
    prototype.say = theirs;
    release();
    expect(prototype.say).toBe(theirs);
    expect(object.say('x')).toBe('x, they say');
    expect(
      tap.while(
        (call, given) => `<${String(call(...given))}>`,
        () => object.say('y'),
      ),
    ).toBe('<y, they say>');
  });
});
