import type { Profile } from '../conformance/result.ts';
import type { Family, VrrpVersion } from '../wire/vrrp.ts';

/** What one scenario file is played as: VRRP's version and the family of the virtual addresses. */
export const VARIANTS = ['v2-ipv4', 'v3-ipv4', 'v3-ipv6'] as const;
export type Variant = (typeof VARIANTS)[number];

export interface VariantFacts {
  readonly version: VrrpVersion;
  readonly family: Family;
  /** The document that such a router is judged by unless somebody says otherwise. */
  readonly profile: Profile;
}

export const VARIANT_FACTS: Readonly<Record<Variant, VariantFacts>> = {
  'v2-ipv4': { version: 2, family: 'ipv4', profile: 'rfc3768' },
  'v3-ipv4': { version: 3, family: 'ipv4', profile: 'rfc9568' },
  'v3-ipv6': { version: 3, family: 'ipv6', profile: 'rfc9568' },
};

/** The documents that speak of each version. */
export const DOCUMENTS_OF_VERSION: Readonly<Record<VrrpVersion, readonly Profile[]>> = {
  2: ['rfc3768'],
  3: ['rfc5798', 'rfc9568'],
};

/** Whether a document speaks of what is played. */
export function isJudgedBy(variant: Variant, profile: Profile): boolean {
  return DOCUMENTS_OF_VERSION[VARIANT_FACTS[variant].version].includes(profile);
}

/** A value that is the same in every variant, or said for each; `otherwise` serves those that are not named. */
export type ByVariant<T> = T | ({ readonly [V in Variant]?: T | undefined } & { readonly otherwise?: T | undefined });

/** The value for one variant; undefined where the file says none for it. */
export function forVariant<T extends string | number | boolean | readonly unknown[]>(
  value: ByVariant<T> | undefined,
  variant: Variant,
): T | undefined {
  if (typeof value !== 'object' || Array.isArray(value)) return value as T | undefined;
  const choices = value as { readonly [V in Variant]?: T } & { readonly otherwise?: T };
  return choices[variant] ?? choices.otherwise;
}
