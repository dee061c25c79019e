import { InvalidArgumentError } from 'commander';

/** `native,keepalived` as a list. */
export function commaSeparated(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}

/** A whole number of 1 or more; throws InvalidArgumentError, which commander prints, where it is none. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number, 1 or more');
  return value;
}
