import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import type { RouterAdvertisementConfiguration } from '../config/router-advertisement-configuration.ts';
import { monotonicNow } from '../linux/clock.ts';
import { ALL_NODES_IPV6, parseAddress } from '../wire/address.ts';
import { icmpV6Frame } from '../wire/build.ts';
import { mtuOption, prefixOption, ROUTER_ADVERTISEMENT, writeRouterMessage } from '../wire/neighbor.ts';
import { concatenate } from '../wire/octets.ts';
import { TRAFFIC_CLASS } from './frames.ts';
import { isLinkLocalAddress } from './port.ts';

/**
 * Sends the Router Advertisements of one virtual router while it is Active (RFC 9568 §6.4.3), at the times of RFC 4861
 * §6.2.4 and §6.2.6. It uses timers of the event loop: nothing waits for it.
 */
export interface RouterAdvertiser {
  /** Becoming Active: the first ones follow the announcements. */
  begin(): void;
  /** A host asks for routers. */
  solicited(): void;
  /**
   * Ceasing to be Active: at once, and without a word. A lifetime of 0 (RFC 4861 §6.2.5) would say that the virtual
   * router is a router no more, and hosts would drop it, while another router goes on under the same address: a Backup
   * sends none (RFC 9568 §6.4.2), and neither does one that shuts down, which priority 0 alone tells the others (§6.4.3);
   * it cannot know that there is nobody to take over, and hosts find that out by themselves (RFC 4861 §7.3).
   */
  end(): void;
  /** Ends for good. */
  close(): void;
}

/** What a router advertiser works with. */
export interface RouterAdvertiserParts {
  readonly settings: RouterAdvertisementConfiguration;
  /** The frame to send; with another lifetime, in seconds, than the configured one where it is given. */
  frame(lifetimeS?: number): Uint8Array;
  send(frame: Uint8Array): void;
}

const SECOND_NS = 1_000_000_000;
const MILLISECOND_NS = 1_000_000;
/** MAX_INITIAL_RTR_ADVERT_INTERVAL, MAX_INITIAL_RTR_ADVERTISEMENTS, MAX_RA_DELAY_TIME, MIN_DELAY_BETWEEN_RAS (RFC 4861 §10). */
const LONGEST_INITIAL_INTERVAL_NS = 16 * SECOND_NS;
const INITIAL_ADVERTISEMENTS = 3;
const LONGEST_ANSWER_DELAY_NS = 500 * MILLISECOND_NS;
const SHORTEST_PAUSE_NS = 3 * SECOND_NS;
/** The first one after a takeover: when advertisement and announcements have left, those of other virtual routers too. */
const FIRST_AFTER_NS = 50 * MILLISECOND_NS;
const FIRST_WITHIN_NS = 100 * MILLISECOND_NS;

/** One that does not send yet. */
export function createRouterAdvertiser({ settings, frame, send }: RouterAdvertiserParts): RouterAdvertiser {
  const message = frame();
  let timer: NodeJS.Timeout | undefined;
  let dueNs = Number.POSITIVE_INFINITY;
  let lastNs = Number.NEGATIVE_INFINITY;
  let initialLeft = 0;
  let active = false;

  function schedule(delayNs: number): void {
    clearTimeout(timer);
    dueNs = monotonicNow() + delayNs;
    timer = setTimeout(advertise, delayNs / MILLISECOND_NS);
  }

  function advertise(): void {
    lastNs = monotonicNow();
    send(message);
    const { minimumIntervalNs, maximumIntervalNs } = settings;
    const intervalNs = randomBetween(minimumIntervalNs, maximumIntervalNs);
    initialLeft = Math.max(0, initialLeft - 1);
    schedule(initialLeft > 0 ? Math.min(intervalNs, LONGEST_INITIAL_INTERVAL_NS) : intervalNs);
  }

  function end(): void {
    active = false;
    clearTimeout(timer);
    dueNs = Number.POSITIVE_INFINITY;
  }

  return {
    begin() {
      active = true;
      initialLeft = INITIAL_ADVERTISEMENTS;
      schedule(randomBetween(FIRST_AFTER_NS, FIRST_WITHIN_NS));
    },
    solicited() {
      if (!active) return;
      const nowNs = monotonicNow();
      // All hosts are answered at once, at most each three seconds (RFC 4861 §6.2.6).
      const pauseNs = Math.max(0, lastNs + SHORTEST_PAUSE_NS - nowNs);
      const delayNs = pauseNs + randomBetween(0, LONGEST_ANSWER_DELAY_NS);
      if (nowNs + delayNs < dueNs) schedule(delayNs);
    },
    end,
    close: end,
  };
}

/** The frames of a virtual router's Router Advertisements; undefined where it sends none. */
export function routerAdvertisementFrames(
  { routerAdvertisement: settings, addresses }: VirtualRouterConfiguration,
  macAddress: Uint8Array,
): RouterAdvertiserParts['frame'] | undefined {
  const source = addresses.find(({ address }) => isLinkLocalAddress(address));
  if (settings === undefined || source === undefined) return undefined;
  const options = concatenate(
    ...(settings.mtu === undefined ? [] : [mtuOption(settings.mtu)]),
    ...settings.prefixes.map((prefix) =>
      prefixOption({
        prefix: masked(parseAddress(prefix.address)!, prefix.prefixLength),
        prefixLength: prefix.prefixLength,
        onLink: prefix.onLink,
        autonomous: prefix.autonomous,
        validLifetime: prefix.validLifetimeS,
        preferredLifetime: prefix.preferredLifetimeS,
      }),
    ),
  );
  return (lifetimeS = settings.lifetimeS) =>
    icmpV6Frame(
      {
        source: parseAddress(source.address)!,
        destination: ALL_NODES_IPV6,
        sourceMac: macAddress,
        hopLimit: 255,
        trafficClass: TRAFFIC_CLASS,
      },
      writeRouterMessage({
        type: ROUTER_ADVERTISEMENT,
        currentHopLimit: settings.hopLimit,
        routerLifetime: lifetimeS,
        managed: settings.managed,
        other: settings.other,
        reachableTime: settings.reachableTimeMs,
        retransmissionTimer: settings.retransmissionTimerMs,
        sourceLinkLayer: macAddress,
        options,
      }),
    );
}

function masked(address: Uint8Array, prefixLength: number): Uint8Array {
  return address.map((octet, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return octet & (0xff00 >> bits) & 0xff;
  });
}

function randomBetween(least: number, most: number): number {
  return least + Math.random() * (most - least);
}
