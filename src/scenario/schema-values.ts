import { z } from 'zod';
import { DURATION_PATTERN, TERM_PATTERN } from './duration.ts';
import { VARIANTS } from './variant.ts';

/** The values that scenario files are made of, and how their alternatives are said. */

export const VARIANT_NAME = z.enum(VARIANTS);

export const nameText = z.string().regex(/^[A-Za-z][A-Za-z0-9_-]{0,31}$/, {
  error: 'expected a name: a letter, then letters, digits, - or _ (32 at most)',
});

export const names = z.union([nameText, z.array(nameText).min(1)]);

export const durationText = z
  .string()
  .regex(DURATION_PATTERN, { error: 'expected a duration such as 300ms, 1s or 1.5s' });

export const termText = z.string().regex(TERM_PATTERN, {
  error: 'expected a duration or a sum of durations and timers, such as 300ms or active-down-interval + 20ms',
});

/** A value, or one for each variant. */
export function byVariant<T extends z.ZodType>(value: T) {
  const optional = value.optional();
  return z.union([
    value,
    z
      .strictObject({ 'v2-ipv4': optional, 'v3-ipv4': optional, 'v3-ipv6': optional, otherwise: optional })
      .describe('One value for each variant'),
  ]);
}

/** A mapping with exactly one of the keys in `choices`, and any of those in `options`. */
export function oneOf<C extends z.ZodRawShape, O extends z.ZodRawShape>(choices: C, options: O) {
  const keys = Object.keys(choices);
  return z
    .strictObject({ ...choices, ...options } as C & O)
    .refine((value) => keys.filter((key) => Object.hasOwn(value, key)).length === 1, {
      error: `expected exactly one of ${keys.join(', ')}`,
    })
    .meta({ oneOf: keys.map((key) => ({ required: [key] })) });
}
