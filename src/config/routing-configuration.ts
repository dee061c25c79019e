import type { Place } from './problem.ts';

/** An address with the length of its prefix. */
export interface Prefix {
  readonly address: string;
  readonly prefixLength: number;
}

/** A route of virtual_routes or static_routes. */
export interface ConfiguredRoute extends Place {
  readonly type: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit' | 'throw';
  /** `0.0.0.0/0` or `::/0` is the default route. */
  readonly destination: Prefix;
  readonly gateway?: string;
  /** By name; where it is absent and there is no gateway, the interface of the virtual addresses. */
  readonly device?: string;
  /** The source address that the kernel prefers. */
  readonly source?: string;
  readonly metric?: number;
  readonly table?: number;
  readonly scope?: 'global' | 'site' | 'link' | 'host';
  readonly mtu?: number;
  readonly onLink: boolean;
}

/** A rule of virtual_rules or static_rules: which packets are looked up in which table. */
export interface ConfiguredRule extends Place {
  readonly family: 4 | 6;
  readonly source?: Prefix;
  readonly destination?: Prefix;
  readonly inputInterface?: string;
  readonly outputInterface?: string;
  readonly mark?: { readonly value: number; readonly mask?: number };
  readonly inverted: boolean;
  readonly priority?: number;
  readonly action: 'table' | 'blackhole' | 'unreachable' | 'prohibit';
  readonly table?: number;
  readonly suppressPrefixLength?: number;
}
