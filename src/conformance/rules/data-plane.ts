import type { DataPlaneView, Judgement, MessageView, Rule } from './rule.ts';
import { EVERY_VERSION } from './rule.ts';
import { list, nameOf } from './words.ts';

const OWNER_PRIORITY = 255;

/** What routers do with the packets of hosts. */
export const DATA_PLANE_RULES: readonly Rule[] = [
  { requirement: 'backup.not-accept', profiles: EVERY_VERSION, needs: ['ports'], dataPlane: judgeBackupAccepts },
  {
    requirement: 'active.not-accept',
    profiles: EVERY_VERSION,
    needs: ['ports', 'intent'],
    dataPlane: judgeActiveAccepts,
  },
  {
    requirement: 'active.accept-owner',
    profiles: EVERY_VERSION,
    needs: ['ports', 'intent'],
    dataPlane: (view) => (view.kind === 'accepted' && mayAccept(view) === true ? 'kept' : undefined),
  },
  { requirement: 'backup.discard-vmac', profiles: EVERY_VERSION, needs: ['ports'], dataPlane: judgeBackupForwards },
  {
    requirement: 'active.forward',
    profiles: EVERY_VERSION,
    needs: ['ports'],
    dataPlane: (view) => (view.kind === 'forwarded' && view.role === 'active' ? 'kept' : undefined),
  },
  { requirement: 'loop.forward', profiles: EVERY_VERSION, needs: ['ports'], dataPlane: judgeLoop },
  { requirement: 'redirect.source', profiles: EVERY_VERSION, needs: [], dataPlane: judgeRedirectSource },
  { requirement: 'redirect.select', profiles: EVERY_VERSION, needs: [], dataPlane: judgeRedirectSelection },
  { requirement: 'fwd.no-group', profiles: EVERY_VERSION, needs: [], message: judgeForwardedAdvertisement },
];

function judgeBackupAccepts({ kind, role, sender, address, virtualRouter }: DataPlaneView): Judgement {
  if (kind !== 'accepted' || role !== 'backup') return undefined;
  return {
    message: `${sender} answered a packet to the virtual address ${address} of ${nameOf(virtualRouter)} while it was not Active: a host that reaches it is served by the wrong machine`,
    expected: 'silence',
    seen: `a packet from ${address}`,
    advice: 'the address must be on the router only while it is Active',
  };
}

/** Whether the Active router may accept packets to its virtual addresses; undefined where nobody said. */
function mayAccept({ role, sender, virtualRouter, intentOf }: DataPlaneView): boolean | undefined {
  const router = virtualRouter.routers.find(({ node }) => node === sender);
  const intent = router === undefined ? undefined : intentOf(router);
  if (role !== 'active' || intent === undefined) return undefined;
  return intent.priority === OWNER_PRIORITY ? true : intent.acceptMode;
}

function judgeActiveAccepts(view: DataPlaneView): Judgement {
  if (view.kind !== 'accepted' || mayAccept(view) !== false) return undefined;
  const { sender, address, virtualRouter } = view;
  return {
    message: `${sender}, Active for ${nameOf(virtualRouter)}, answered a packet to the virtual address ${address}, which it does not own, although its Accept_Mode is off`,
    expected: 'silence',
    seen: `a packet from ${address}`,
  };
}

function judgeBackupForwards({ kind, role, sender, address, virtualRouter }: DataPlaneView): Judgement {
  if (kind !== 'forwarded' || role !== 'backup') return undefined;
  return {
    message: `${sender} forwarded a packet for ${address} that was addressed to the virtual MAC of ${nameOf(virtualRouter)} while it was not Active: it leaves twice where a switch floods`,
    expected: 'the packet is discarded',
    seen: 'it left again, one hop on',
  };
}

function judgeLoop(view: DataPlaneView): Judgement {
  const { kind, role, sender, address, virtualRouter, intentOf } = view;
  if (kind !== 'forwarded' || role !== 'active') return undefined;
  if (!virtualRouter.addressSet.has(address)) return 'kept';
  const router = virtualRouter.routers.find(({ node }) => node === sender);
  const isOwner = router !== undefined && (intentOf(router)?.priority ?? router.lastPriority) === OWNER_PRIORITY;
  if (isOwner) return undefined;
  return {
    message: `${sender} forwarded a packet to the virtual address ${address} of ${nameOf(virtualRouter)}, which it does not own: two routers that do pass it to and fro`,
    expected: 'the packet is accepted or discarded',
    seen: 'it left again, one hop on',
  };
}

/** A host's next hop is an address of the virtual router whose MAC address it sent to, and the redirect came from. */
function judgeRedirectSource({ kind, sender, address, expected, virtualRouter }: DataPlaneView): Judgement {
  if (kind !== 'redirect' || expected === undefined || expected.length === 0) return undefined;
  if (virtualRouter.lan.byAddress.has(address)) return 'kept';
  return {
    message: `${sender} sent a redirect for ${nameOf(virtualRouter)} from ${address}: hosts ignore one that does not come from the address that they use as their next hop`,
    expected: list(expected),
    seen: address,
    advice: 'send redirects from the virtual address, or switch them off on the routers of a virtual router',
  };
}

function judgeRedirectSelection({ kind, sender, address, virtualRouter }: DataPlaneView): Judgement {
  if (kind !== 'redirect') return undefined;
  const owners = virtualRouter.lan.byAddress.get(address);
  if (owners === undefined) return undefined;
  if (owners.includes(virtualRouter)) return 'kept';
  return {
    message: `${sender} sent a redirect from ${address}, an address of ${nameOf(owners[0]!)}, with the virtual MAC of ${nameOf(virtualRouter)}: the packet that it is about was sent to the latter`,
    expected: list(virtualRouter.addresses),
    seen: address,
  };
}

/** The group is link-local: what arrives on another LAN, one hop on, was forwarded. */
function judgeForwardedAdvertisement({ message, relayedFrom, router }: MessageView): Judgement {
  if (relayedFrom === undefined) return undefined;
  if (relayedFrom === 'none') return 'kept';
  return {
    message: `an advertisement of ${message.source} for VRID ${message.virtualRouterId} is on this LAN with ${message.family === 'ipv4' ? 'TTL' : 'hop limit'} ${message.hopLimit}; it belongs to ${relayedFrom}: something forwards VRRP's group${router.node === undefined ? '' : `, and it left the port of ${router.node}`}`,
    expected: `${message.destination} stays on its LAN`,
    seen: `hop limit ${message.hopLimit} on another LAN`,
    advice: 'look for a router or relay that forwards 224.0.0.0/24 or ff02::/16',
  };
}
