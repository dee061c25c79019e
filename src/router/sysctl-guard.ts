import type { Namespace } from '../linux/namespace.ts';
import { readSysctl, writeSysctl } from '../linux/sysctl.ts';
import type { Log } from './log.ts';

/** A parameter that is not as it was. */
export interface SysctlChange {
  readonly name: string;
  readonly original: string;
  /** What the router set. */
  readonly value: string;
}

/** Kernel parameters that the router changes, and puts back at the end. */
export interface SysctlGuard {
  /** Sets `net/ipv4/conf/eth0/arp_ignore`; what it was is remembered the first time. The reason goes to the log. */
  set(name: string, value: number, reason: string): void;
  /** What it is now; undefined where the kernel has no such parameter. */
  read(name: string): number | undefined;
  /** What is changed now. */
  changes(): SysctlChange[];
  /** Another number whenever there are other changes. */
  revision(): number;
  /** Changes of another process that is no more: they are put back with the own ones, where nobody changed them since. */
  adopt(changes: readonly SysctlChange[]): void;
  /** This interface is gone, and its parameters with it: one of the same name has its own. */
  forget(interfaceName: string): void;
  /** A new interface has what the router set for `default`: at the end it gets what it would have had without. */
  inherit(interfaceName: string): void;
  /** Puts back everything, newest first. */
  restore(): void;
}

/** What the kernel gives interfaces that come: `net/ipv4/conf/default/rp_filter`. */
const OF_DEFAULT = '/default/';

/** A guard for the parameters of a namespace. */
export function createSysctlGuard(namespace: Namespace, log: Log): SysctlGuard {
  const original = new Map<string, string>();
  const values = new Map<string, string>();
  let revision = 0;

  function read(name: string): number | undefined {
    const text = readSysctl(namespace, name);
    return text === undefined ? undefined : Number.parseInt(text, 10);
  }

  return {
    read,
    revision: () => revision,
    set(name, value, reason) {
      const former = writeSysctl(namespace, name, value);
      if (former === undefined || former === String(value)) return;
      if (!original.has(name)) original.set(name, former);
      values.set(name, String(value));
      revision += 1;
      log.line(`sysctl ${name} = ${value} (was ${former}): ${reason}`);
    },
    changes: () =>
      [...original].map(([name, former]) => ({ name, original: former, value: values.get(name) ?? former })),
    adopt(changes) {
      for (const { name, original: former, value } of changes) {
        if (readSysctl(namespace, name) !== value) continue;
        original.set(name, former);
        values.set(name, value);
        revision += 1;
      }
    },
    forget(interfaceName) {
      for (const name of [...original.keys()]) if (name.split('/')[3] === interfaceName) original.delete(name);
      revision += 1;
    },
    inherit(interfaceName) {
      for (const [name, former] of original) {
        if (!name.includes(OF_DEFAULT)) continue;
        const own = name.replace(OF_DEFAULT, () => `/${interfaceName}/`);
        const value = values.get(name)!;
        if (original.has(own) || readSysctl(namespace, own) !== value) continue;
        original.set(own, former);
        values.set(own, value);
        revision += 1;
      }
    },
    restore() {
      for (const [name, value] of [...original].reverse()) {
        // Parameters of an interface that is gone are gone with it.
        writeSysctl(namespace, name, value);
      }
      original.clear();
      revision += 1;
    },
  };
}
