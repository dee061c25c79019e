import { InvalidArgumentError } from 'commander';
import { ERRATA, type ErratumSwitch } from '../conformance/errata.ts';
import { FAULT_NAMES, type FaultName } from '../failover/fault.ts';
import { parseDuration } from '../scenario/duration.ts';
import type { Shard } from '../scenario/shard.ts';
import { VARIANTS, type Variant } from '../scenario/variant.ts';
import type { Family, VrrpVersion } from '../wire/vrrp.ts';

/** `native,keepalived` as a list. */
export function commaSeparated(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim());
}

/** An option that may be given several times. */
export function repeated(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** `v2-ipv4,v3-ipv6` as a list; throws InvalidArgumentError for what is no variant. */
export function variantNames(text: string): readonly Variant[] {
  return commaSeparated(text).map((name) => {
    const variant = VARIANTS.find((known) => known === name);
    if (variant === undefined) throw new InvalidArgumentError(`'${name}' is none; expected ${VARIANTS.join(', ')}`);
    return variant;
  });
}

/** A whole number of 1 or more; throws InvalidArgumentError, which commander prints, where it is none. */
export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number, 1 or more');
  return value;
}

/** 2 or 3; throws InvalidArgumentError for others. */
export function fewRouters(text: string): 2 | 3 {
  if (text === '2') return 2;
  if (text === '3') return 3;
  throw new InvalidArgumentError('expected 2 or 3: more have too many states');
}

/** `2/4` as the second of four; throws InvalidArgumentError where it is none. */
export function shard(text: string): Shard {
  const [, index, count] = (/^(\d{1,6})\/(\d{1,6})$/.exec(text) ?? []).map(Number);
  if (index === undefined || count === undefined || index < 1 || index > count) {
    throw new InvalidArgumentError('expected which of how many: 1/4 to 4/4');
  }
  return { index, count };
}

/** `8298,8301` as errata of RFC 9568, `none` as none; throws InvalidArgumentError for others. */
export function errata(text: string): readonly ErratumSwitch[] {
  if (text === 'none') return [];
  return commaSeparated(text).map((word) => {
    const erratum = ERRATA.find((known) => String(known) === word);
    if (erratum === undefined) throw new InvalidArgumentError(`expected some of ${ERRATA.join(', ')}, or none`);
    return erratum;
  });
}

/** `51,52` as VRIDs, 1 to 255. */
export function virtualRouterIds(text: string): readonly number[] {
  return commaSeparated(text).map((word) => {
    const value = Number(word);
    if (!/^\d+$/.test(word) || value < 1 || value > 255) {
      throw new InvalidArgumentError('expected VRIDs, 1 to 255, separated by commas');
    }
    return value;
  });
}

/** `power-off,killed` as faults, `all` as every one; throws InvalidArgumentError for others. */
export function faultNames(text: string): readonly FaultName[] {
  if (text === 'all') return FAULT_NAMES;
  return commaSeparated(text).map((word) => {
    const fault = FAULT_NAMES.find((known) => known === word);
    if (fault === undefined)
      throw new InvalidArgumentError(`'${word}' is none; expected all, or ${FAULT_NAMES.join(', ')}`);
    return fault;
  });
}

/** `1s,100ms` in nanoseconds; throws InvalidArgumentError where one is none. */
export function durations(text: string): readonly number[] {
  return commaSeparated(text).map((word) => duration(word));
}

/** `100ms` in nanoseconds; throws InvalidArgumentError where it is none. */
export function duration(text: string): number {
  const valueNs = parseDuration(text);
  if (valueNs === undefined) throw new InvalidArgumentError(`'${text}' is no duration; expected 100ms, 1s or the like`);
  return valueNs;
}

/** `2,3` as VRRP versions; throws InvalidArgumentError for others. */
export function versions(text: string): readonly VrrpVersion[] {
  return commaSeparated(text).map((word) => {
    if (word === '2') return 2;
    if (word === '3') return 3;
    throw new InvalidArgumentError(`'${word}' is none; expected 2, 3 or both`);
  });
}

/** `ipv4,ipv6` as families; throws InvalidArgumentError for others. */
export function families(text: string): readonly Family[] {
  return commaSeparated(text).map((word) => {
    if (word === 'ipv4' || word === 'ipv6') return word;
    throw new InvalidArgumentError(`'${word}' is none; expected ipv4, ipv6 or both`);
  });
}
