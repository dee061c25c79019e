import type { VirtualRouterIntent } from '../../capture/intent.ts';
import type { Context } from './context.ts';
import type { Message } from './message.ts';
import type { LanState } from './state.ts';

/**
 * The message, as no believable one where no router that is meant to be on this LAN may accept it though it is valid by itself: its version, interval
 * and authentication type must be the local ones (RFC 9568 §7.1, RFC 3768 §7.1), and it must be a unicast peer's where it
 * is no group's. What none of them accepts makes no history. Where it is not known what they are meant to do, they may.
 */
export function asAccepted(context: Context, lan: LanState, message: Message): Message {
  if (!message.believable || !context.vantage.ports) return message;
  const intents = context.options.intent?.virtualRouters.filter(
    (intent) =>
      intent.lan === lan.name && intent.virtualRouterId === message.virtualRouterId && intent.family === message.family,
  );
  if (intents === undefined || intents.length === 0) return message;
  if (intents.some((intent) => intent.primaryAddress === message.source || mayAccept(intent, message))) return message;
  const isOfAnotherVersion = intents.every((intent) => !mayAcceptVersion(intent, message));
  return { ...message, believable: false, discard: isOfAnotherVersion ? 'rx.version' : message.discard };
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
