import type { Context } from './context.ts';
import { noteDisbelieved } from './disbelieved.ts';
import type { Place } from './lans.ts';
import type { Message } from './message.ts';
import { noteHeard } from './overlap.ts';
import { noteChallenge } from './reactions.ts';
import type { Heard, LanState, RouterState, VirtualRouterState } from './state.ts';
import { NEVER } from './state.ts';
import { saysItInVersion2 } from './versions.ts';
import type { VirtualRouters } from './virtual-routers.ts';

/** Senders that one node is remembered to hear, for one virtual router. */
const SENDERS_HEARD = 64;
const NODES_HEARING = 256;

/** Takes an advertisement that arrived at a node's port: what its down timer counts from. */
export function takeHeard(
  context: Context,
  virtualRouters: VirtualRouters,
  lan: LanState,
  place: Place,
  message: Message,
): void {
  const { node, isRouter } = place.sender;
  if (node === undefined || !isRouter) return;
  const virtualRouter = virtualRouters.find(lan, message.virtualRouterId, message.family);
  if (virtualRouter === undefined) return;
  if (!message.believable) {
    noteDisbelieved(context, virtualRouter, message, node);
    return;
  }
  const { timeNs } = context.record;
  const receiver = virtualRouter.routers.find((one) => one.node === node);
  if (message.unicast && !isMeantFor(place, receiver, message)) return;
  // A frame of its own that comes back is dropped before the state machine.
  if (receiver !== undefined && receiver.sourceAddress === message.source) return;
  const heard = entryFor(virtualRouter, node, message);
  if (heard === undefined) return;
  if (receiver?.tenure !== undefined) noteChallenge(context, receiver, message);
  if (message.priority === 0) {
    heard.lastZeroNs = timeNs;
    return;
  }
  if (saysItInVersion2(heard, message, timeNs)) return;
  heard.previousNs = heard.lastNs;
  heard.previousPriority = heard.lastPriority;
  heard.lastNs = timeNs;
  heard.lastPriority = message.priority;
  heard.intervalNs = message.intervalNs;
  const { tenure } = receiver ?? {};
  if (tenure?.overlap !== undefined && sentBy(tenure.overlap.winner, message)) noteHeard(tenure, timeNs);
}

/** A switch floods what is addressed to others. */
function isMeantFor({ description }: Place, receiver: RouterState | undefined, message: Message): boolean {
  const macAddress = description.port?.macAddress;
  if (macAddress !== undefined && message.destinationMac !== undefined && macAddress !== message.destinationMac) {
    return false;
  }
  return receiver === undefined || receiver.sourceAddress === message.destination;
}

function sentBy(router: RouterState, message: Message): boolean {
  return router.sourceAddress === message.source;
}

function entryFor(virtualRouter: VirtualRouterState, node: string, message: Message): Heard | undefined {
  let entries = virtualRouter.hearing.get(node);
  if (entries === undefined) {
    if (virtualRouter.hearing.size >= NODES_HEARING) return undefined;
    entries = [];
    virtualRouter.hearing.set(node, entries);
  }
  const sender = virtualRouter.routers.find(({ sourceAddress }) => sourceAddress === message.source);
  const name = sender?.name ?? message.source;
  const known = entries.find((entry) => entry.name === name);
  if (known !== undefined) return known;
  if (entries.length >= SENDERS_HEARD) return undefined;
  const entry: Heard = {
    name,
    lastNs: NEVER,
    lastPriority: -1,
    previousNs: NEVER,
    previousPriority: -1,
    intervalNs: message.intervalNs,
    lastZeroNs: NEVER,
    version: message.version === 2 ? 2 : 3,
  };
  entries.push(entry);
  return entry;
}
