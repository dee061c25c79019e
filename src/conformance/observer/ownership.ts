import { virtualRouterIdOfMac } from '../../wire/mac.ts';
import type { Family } from '../../wire/vrrp.ts';
import type { Context } from './context.ts';
import type { LanState, VirtualRouterState } from './state.ts';
import type { VirtualRouters } from './virtual-routers.ts';

/** Which virtual router an address or a virtual MAC in a frame belongs to; `mac` is an offset into the frame, -1 for none. */
export interface Ownership {
  byMac(lan: LanState, mac: number, family: Family): VirtualRouterState | undefined;
  /** That of the virtual MAC where it lists the address, else the first that does. */
  owner(lan: LanState, address: string, mac: number, family: Family): VirtualRouterState | undefined;
  /** An announcement from a virtual MAC that has yet to advertise makes its virtual router known. */
  announcedBy(lan: LanState, address: string, mac: number, family: Family): VirtualRouterState | undefined;
}

export function createOwnership(context: Context, virtualRouters: VirtualRouters): Ownership {
  function byMac(lan: LanState, mac: number, family: Family): VirtualRouterState | undefined {
    const id = virtualRouterIdOfMac(context.record.bytes, mac, family === 'ipv4' ? 4 : 16);
    return id > 0 ? virtualRouters.find(lan, id, family) : undefined;
  }

  function owner(lan: LanState, address: string, mac: number, family: Family): VirtualRouterState | undefined {
    const listed = lan.byAddress.get(address);
    const ofMac = mac < 0 ? undefined : byMac(lan, mac, family);
    if (listed === undefined) return undefined;
    return ofMac !== undefined && listed.includes(ofMac) ? ofMac : listed[0];
  }

  function announcedBy(lan: LanState, address: string, mac: number, family: Family): VirtualRouterState | undefined {
    const known = owner(lan, address, mac, family);
    if (known !== undefined) return known;
    const id = mac < 0 ? -1 : virtualRouterIdOfMac(context.record.bytes, mac, family === 'ipv4' ? 4 : 16);
    if (id <= 0 || !wanted(id)) return undefined;
    if (virtualRouters.find(lan, id, family) === undefined) virtualRouters.expect(lan, id, family, []);
    return virtualRouters.find(lan, id, family);
  }

  function wanted(virtualRouterId: number): boolean {
    const { virtualRouterIds } = context.options;
    return virtualRouterIds === undefined || virtualRouterIds.has(virtualRouterId);
  }

  return { byMac, owner, announcedBy };
}
