import type { Intent, VirtualRouterIntent } from '../../capture/intent.ts';
import type { Family } from '../../wire/vrrp.ts';
import type { Context } from './context.ts';
import type { Message } from './message.ts';
import type { LanState } from './state.ts';

/** Says of messages whether any router that is meant to be on a LAN may accept them. */
export interface Acceptance {
  /**
   * The message, as no believable one where no router that is meant to be on this LAN may accept it though it is valid by
   * itself: its version, interval and authentication type must be the local ones (RFC 9568 §7.1, RFC 3768 §7.1), and it
   * must be a unicast peer's where it is no group's. What none of them accepts makes no history. Where it is not known what they are meant to do, they may.
   */
  asAccepted(lan: LanState, message: Message): Message;
}

export function createAcceptance(context: Context): Acceptance {
  /** The intent that was sorted last: a run has thousands of virtual routers on one LAN, and each message concerns a few. */
  let sorted: Intent | undefined;
  let byVirtualRouter: ReadonlyMap<string, readonly VirtualRouterIntent[]> = new Map();

  function intentsFor(lan: string, { virtualRouterId, family }: Message): readonly VirtualRouterIntent[] {
    const { intent } = context.options;
    if (intent === undefined) return [];
    if (intent !== sorted) {
      byVirtualRouter = sortIntents(intent);
      sorted = intent;
    }
    return byVirtualRouter.get(keyOf(lan, virtualRouterId, family)) ?? [];
  }

  return {
    asAccepted(lan, message) {
      if (!message.believable || !context.vantage.ports) return message;
      const intents = intentsFor(lan.name, message);
      if (intents.length === 0) return message;
      if (intents.some((intent) => intent.primaryAddress === message.source || mayAccept(intent, message))) {
        return message;
      }
      const isOfAnotherVersion = intents.every((intent) => !mayAcceptVersion(intent, message));
      return { ...message, believable: false, discard: isOfAnotherVersion ? 'rx.version' : message.discard };
    },
  };
}

function keyOf(lan: string, virtualRouterId: number, family: Family): string {
  return `${family} ${virtualRouterId} ${lan}`;
}

function sortIntents({ virtualRouters }: Intent): Map<string, VirtualRouterIntent[]> {
  const found = new Map<string, VirtualRouterIntent[]>();
  for (const intent of virtualRouters) {
    const key = keyOf(intent.lan, intent.virtualRouterId, intent.family);
    const known = found.get(key);
    if (known === undefined) found.set(key, [intent]);
    else known.push(intent);
  }
  return found;
}

function mayAcceptVersion({ version, bothVersions }: VirtualRouterIntent, message: Message): boolean {
  return bothVersions !== false || message.version === version;
}

function mayAccept(intent: VirtualRouterIntent, message: Message): boolean {
  const { unicast, authenticationType, advertisementIntervalNs } = intent;
  if (!mayAcceptVersion(intent, message)) return false;
  if (unicast === false && message.unicast) return false;
  if (message.version !== 2) return true;
  if (authenticationType !== undefined && message.authenticationType !== authenticationType) return false;
  return advertisementIntervalNs === undefined || message.intervalNs === advertisementIntervalNs;
}
