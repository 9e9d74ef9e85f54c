import { InvalidArgumentError } from 'commander';

/** What commander reads a whole number with, so that a bad one is told by the option's name. Up to 2³¹. */
export const integerOption =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && Number.isInteger(value) && value >= least && value < 2 ** 31) return value;
    throw new InvalidArgumentError(`Expected an integer >= ${String(least)}, got "${text}".`);
  };
