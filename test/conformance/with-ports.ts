import type { Intent, VirtualRouterIntent } from '../../src/capture/intent.ts';
import type { AdvertisementFrame } from '../../src/wire/build-advertisement.ts';
import type { Watch } from './watch.ts';
import { advertisement, gratuitousArp, watch } from './watch.ts';

export const PORTS = { r1: 'router', r2: 'router', h1: 'host' } as const;

/** r1 of priority 200 and r2 of priority 100, VRID 51 of version 3 over IPv4. */
export function intent(r1: Partial<VirtualRouterIntent> = {}, r2: Partial<VirtualRouterIntent> = {}): Intent {
  const shared = {
    lan: 'lan',
    virtualRouterId: 51,
    version: 3,
    family: 'ipv4',
    advertisementIntervalNs: 1e9,
    addresses: ['192.0.2.100'],
  } as const;
  return {
    virtualRouters: [
      { ...shared, router: 'r1', priority: 200, preempt: true, ...r1 },
      { ...shared, router: 'r2', priority: 100, preempt: true, ...r2 },
    ],
  };
}

/** A router's advertisements, with the announcement of its first one, heard by everybody. */
export function send(
  watcher: Watch,
  node: string,
  fields: Partial<AdvertisementFrame>,
  first: number,
  last: number,
  heardBy?: readonly string[],
): void {
  watcher.out(node, first + 0.000_2, gratuitousArp(), heardBy);
  for (let time = first; time <= last + 1e-9; time++) watcher.out(node, time, advertisement(fields), heardBy);
}

export function started(watcher: Watch, router: string, seconds: number): void {
  watcher.event({ kind: 'router-started', router, timeNs: seconds * 1e9 });
}

/** r1 and r2 are started; nothing is sent yet. */
export function running(): Watch {
  const watcher = watch(PORTS);
  started(watcher, 'r1', 0);
  started(watcher, 'r2', 0.1);
  return watcher;
}
