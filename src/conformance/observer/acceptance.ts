import type { VirtualRouterIntent } from '../../capture/intent.ts';
import type { Context } from './context.ts';
import type { Message } from './message.ts';
import type { LanState } from './state.ts';

/**
 * Whether any router that is meant to be on this LAN may accept a message that is valid by itself: its version, interval
 * and authentication type must be the local ones (RFC 9568 §7.1, RFC 3768 §7.1), and it must be a unicast peer's where it
 * is no group's. What none of them accepts makes no history. Where it is not known what they are meant to do, they may.
 */
export function mayBeAccepted(context: Context, lan: LanState, message: Message): boolean {
  if (!message.believable || !context.vantage.ports) return true;
  const intents = context.options.intent?.virtualRouters.filter(
    (intent) =>
      intent.lan === lan.name && intent.virtualRouterId === message.virtualRouterId && intent.family === message.family,
  );
  if (intents === undefined || intents.length === 0) return true;
  return intents.some((intent) => intent.primaryAddress === message.source || mayAccept(intent, message));
}

function mayAccept(intent: VirtualRouterIntent, message: Message): boolean {
  const { version, bothVersions, unicast, authenticationType, advertisementIntervalNs } = intent;
  if (bothVersions === false && message.version !== version) return false;
  if (unicast === false && message.unicast) return false;
  if (message.version !== 2) return true;
  if (authenticationType !== undefined && message.authenticationType !== authenticationType) return false;
  return advertisementIntervalNs === undefined || message.intervalNs === advertisementIntervalNs;
}
