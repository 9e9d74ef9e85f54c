import { InvalidArgumentError } from 'commander';

/** What commander reads a number with, so that a bad one is told by the option's name. @param rule what it is expected to be */
export const numberOption =
  (rule: string, fits: (value: number) => boolean) =>
  (text: string): number => {
    const value = Number(text);
    if (text.trim() !== '' && fits(value)) return value;
    throw new InvalidArgumentError(`Expected ${rule}, got "${text}".`);
  };

/** A whole number, up to 2³¹. */
export const integerOption = (least: number): ((text: string) => number) =>
  numberOption(
    `an integer >= ${String(least)}`,
    (value) => Number.isInteger(value) && value >= least && value < 2 ** 31,
  );
