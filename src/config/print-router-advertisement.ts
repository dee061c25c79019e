import { block, optional, secondsText, switchText } from './print-text.ts';
import { FOR_EVER_S } from './router-advertisement.ts';
import type { AdvertisedPrefix, RouterAdvertisementConfiguration } from './router-advertisement-configuration.ts';

const MILLISECOND_NS = 1_000_000;

/** The block router_advertisement that says everything; nothing where there is none. */
export function routerAdvertisementLines(settings: RouterAdvertisementConfiguration | undefined): string[] {
  if (settings === undefined) return [];
  return block('router_advertisement', [
    `min_interval ${secondsText(settings.minimumIntervalNs)}`,
    `max_interval ${secondsText(settings.maximumIntervalNs)}`,
    `lifetime ${settings.lifetimeS}`,
    `hop_limit ${settings.hopLimit}`,
    `managed ${switchText(settings.managed)}`,
    `other ${switchText(settings.other)}`,
    `reachable_time ${secondsText(settings.reachableTimeMs * MILLISECOND_NS)}`,
    `retrans_timer ${secondsText(settings.retransmissionTimerMs * MILLISECOND_NS)}`,
    ...optional('mtu', settings.mtu, String),
    ...settings.prefixes.flatMap(prefixLines),
  ]);
}

function prefixLines(prefix: AdvertisedPrefix): string[] {
  return block(`prefix ${prefix.address}/${prefix.prefixLength}`, [
    `on_link ${switchText(prefix.onLink)}`,
    `autonomous ${switchText(prefix.autonomous)}`,
    `valid_lifetime ${lifetimeText(prefix.validLifetimeS)}`,
    `preferred_lifetime ${lifetimeText(prefix.preferredLifetimeS)}`,
  ]);
}

function lifetimeText(lifetimeS: number): string {
  return lifetimeS === FOR_EVER_S ? 'infinity' : String(lifetimeS);
}
