import type { Namespace } from '../linux/namespace.ts';
import { readSysctl, writeSysctl } from '../linux/sysctl.ts';
import type { Log } from './log.ts';

/** A parameter that is not as it was; or one that is known to be as it was, where both values are the same. */
export interface SysctlChange {
  readonly name: string;
  readonly original: string;
  /** What the router set. */
  readonly value: string;
}

/** Where changes are written down before they are made, for the case that the process is killed. */
export interface SysctlNotes {
  note(changes: readonly SysctlChange[]): void;
  /** These parameters are gone, and what was written down of them means nothing any more. */
  drop(names: readonly string[]): void;
}

/** What a parameter is to be. */
export interface SysctlSetting {
  /** `net/ipv4/conf/eth0/arp_ignore`. */
  readonly name: string;
  readonly value: number;
  /** For the log. */
  readonly reason: string;
}

/** Kernel parameters that the router changes, and puts back at the end. */
export interface SysctlGuard {
  /** Sets them in this order; what each was is remembered the first time. Where there is none nothing happens. */
  set(settings: readonly SysctlSetting[]): void;
  /** These are right as they are, and are not touched; who comes later and has the same values is told from them. */
  keep(names: readonly string[]): void;
  /** What it is now; undefined where the kernel has no such parameter. */
  read(name: string): number | undefined;
  /** Changes of another process that is no more: they are put back with the own ones, where nobody changed them since. */
  adopt(changes: readonly SysctlChange[]): void;
  /** This interface is gone, and its parameters with it: one of the same name has its own. */
  forget(interfaceName: string): void;
  /** A new interface has what the router set for `default`: at the end it gets what it would have had without. */
  inherit(interfaceName: string): void;
  /** Puts back what a killed router set and nobody uses. */
  restoreUnused(isUsed: (name: string) => boolean): void;
  /** Puts back everything, newest first. */
  restore(): void;
}

/** What the kernel gives interfaces that come: `net/ipv4/conf/default/rp_filter`. */
const OF_DEFAULT = '/default/';

/** A guard for the parameters of a namespace. */
export function createSysctlGuard(namespace: Namespace, log: Log, notes: SysctlNotes): SysctlGuard {
  const remembered = new Map<string, SysctlChange>();

  function read(name: string): number | undefined {
    const text = readSysctl(namespace, name);
    return text === undefined ? undefined : Number.parseInt(text, 10);
  }

  /** Written down first: who is killed in between has changed nothing that is not known. */
  function remember(changes: readonly SysctlChange[]): void {
    if (changes.length > 0) notes.note(changes);
    for (const change of changes) remembered.set(change.name, change);
  }

  return {
    read,
    set(settings) {
      const changes = settings.flatMap(({ name, value, reason }) => {
        const former = readSysctl(namespace, name);
        if (former === undefined || former === String(value)) return [];
        const original = remembered.get(name)?.original ?? former;
        return [{ name, original, value: String(value), former, reason }];
      });
      remember(changes.map(({ name, original, value }) => ({ name, original, value })));
      for (const { name, value, former, reason } of changes) {
        if (writeSysctl(namespace, name, value) === undefined) continue;
        log.line(`sysctl ${name} = ${value} (was ${former}): ${reason}`);
      }
    },
    keep(names) {
      const changes = names.flatMap((name) => {
        const value = readSysctl(namespace, name);
        return value === undefined || remembered.has(name) ? [] : [{ name, original: value, value }];
      });
      remember(changes);
    },
    adopt(changes) {
      const there = changes.filter(({ name, original, value }) => {
        const now = readSysctl(namespace, name);
        return now === value || (now !== undefined && original === value);
      });
      remember(there);
    },
    forget(interfaceName) {
      const names = [...remembered.keys()].filter((name) => name.split('/')[3] === interfaceName);
      if (names.length > 0) notes.drop(names);
      for (const name of names) remembered.delete(name);
    },
    inherit(interfaceName) {
      const changes = [...remembered.values()].flatMap(({ name, original, value }) => {
        if (!name.includes(OF_DEFAULT) || original === value) return [];
        const own = name.replace(OF_DEFAULT, () => `/${interfaceName}/`);
        if (remembered.has(own) || readSysctl(namespace, own) !== value) return [];
        return [{ name: own, original, value }];
      });
      remember(changes);
    },
    restoreUnused(isUsed) {
      const unused = [...remembered.values()].reverse().filter(({ name }) => !isUsed(name));
      if (unused.length === 0) return;
      for (const { name, original, value } of unused) if (original !== value) writeSysctl(namespace, name, original);
      for (const { name } of unused) remembered.delete(name);
      notes.drop(unused.map(({ name }) => name));
    },
    restore() {
      for (const { name, original, value } of [...remembered.values()].reverse()) {
        // Parameters of an interface that is gone are gone with it.
        if (original !== value) writeSysctl(namespace, name, original);
      }
      remembered.clear();
    },
  };
}
