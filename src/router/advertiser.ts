import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import type { Namespace } from '../linux/namespace.ts';
import type { SendResult } from '../linux/packet-socket.ts';
import { OWNER_PRIORITY, SIMPLE_PASSWORD } from '../vrrp/parameters.ts';
import { intervalNsToField } from '../vrrp/timers.ts';
import { compareAddresses, parseAddress } from '../wire/address.ts';
import { formatMac } from '../wire/mac.ts';
import type { VrrpVersion } from '../wire/vrrp.ts';
import type { Carrier } from './carrier.ts';
import { type AdvertisementContent, type AdvertisementFrames, advertisementFrames } from './frames.ts';
import { multicastGroupOf, passwordOctets } from './instance-parameters.ts';
import { hasAddress, type Port, primaryAddress } from './port.ts';
import { createUnicastAdvertiser, type UnicastAdvertiser, unicastSource } from './unicast.ts';

/** Sends the advertisements of one virtual router. */
export interface Advertiser {
  /** The address that it sends from; undefined where there was none yet. */
  readonly source: Uint8Array | undefined;
  /**
   * Looks for the source address among those that the port has now, and makes frames when it is another one, or the MAC
   * address that they come from.
   * @returns how that ended
   */
  refresh(priority: number): 'unchanged' | 'changed' | 'none';
  /** Sends one advertisement, in v2/v3 mode one of each version; undefined where there was never an address. */
  send(priority: number): SendResult | undefined;
  close(): void;
}

/** What an advertiser works with; nothing of it is its own to close. */
export interface AdvertiserContext {
  readonly namespace: Namespace;
  readonly port: Port;
  readonly carrier: Carrier;
  send(frame: Uint8Array): SendResult;
}

/** An advertiser without a source address yet. */
export function createAdvertiser(configuration: VirtualRouterConfiguration, context: AdvertiserContext): Advertiser {
  const { family, unicast } = configuration;
  const { port, carrier, send } = context;
  const addresses = configuration.addresses.map(({ address }) => parseAddress(address)!);
  const excluded = configuration.excludedAddresses.map(({ address }) => parseAddress(address)!);
  const own = [...addresses, ...excluded];
  const isOwner = configuration.priority === OWNER_PRIORITY;
  let source: Uint8Array | undefined;
  let madeFor: string | undefined;
  let toGroup: readonly AdvertisementFrames[] = [];
  let toPeers: UnicastAdvertiser | undefined;

  function sourceMac(): Uint8Array {
    return configuration.virtualMac?.transmitOnBase === true ? port.macAddress : carrier.macAddress;
  }

  function findSource(): Uint8Array | undefined {
    if (configuration.sourceAddress === undefined) {
      return unicast === undefined
        ? primaryAddress(port, family, own, isOwner)
        : unicastSource(port, configuration, own);
    }
    const configured = parseAddress(configuration.sourceAddress);
    if (configuration.trackSourceAddress && configured !== undefined && !hasAddress(port, configured)) return undefined;
    return configured;
  }

  function contentOf(version: VrrpVersion, from: Uint8Array): AdvertisementContent {
    const { password } = configuration;
    return {
      version,
      virtualRouterId: configuration.virtualRouterId,
      interval: intervalNsToField(version, configuration.advertisementIntervalNs),
      addresses,
      source: from,
      destination: multicastGroupOf(configuration),
      sourceMac: sourceMac().slice(),
      checksum: checksumChoice(configuration, version),
      ...(version === 3 || password === undefined
        ? {}
        : { authenticationType: SIMPLE_PASSWORD, authenticationData: passwordOctets(password) }),
    };
  }

  function makeFrames(from: Uint8Array, priority: number): void {
    const contents = versionsOf(configuration).map((version) => contentOf(version, from));
    if (unicast === undefined) {
      toGroup = contents.map(advertisementFrames);
      // Made now, for it would be made at takeover.
      for (const frames of toGroup) frames.frame(priority);
    } else {
      toPeers?.close();
      toPeers = createUnicastAdvertiser(context.namespace, port, unicast, contents);
      toPeers.prepare(priority);
    }
  }

  return {
    get source() {
      return source;
    },
    refresh(priority) {
      const found = findSource();
      if (found === undefined) return 'none';
      const mac = formatMac(sourceMac());
      if (source !== undefined && compareAddresses(source, found) === 0 && madeFor === mac) return 'unchanged';
      source = found;
      madeFor = mac;
      makeFrames(found, priority);
      return 'changed';
    },
    send(priority) {
      if (toPeers !== undefined) return toPeers.send(priority);
      let result: SendResult | undefined;
      for (const frames of toGroup) {
        const one = send(frames.frame(priority));
        if (result === undefined || one === 'sent') result = one;
      }
      return result;
    },
    close() {
      toPeers?.close();
    },
  };
}

/** In v2/v3 mode version 3 goes first: who hears both is to ignore version 2 (RFC 9568 §8.4.2). */
function versionsOf({ version, alsoVersion2 }: VirtualRouterConfiguration): readonly VrrpVersion[] {
  return alsoVersion2 ? [3, 2] : [version];
}

function checksumChoice(
  { family, ipv4Checksum }: VirtualRouterConfiguration,
  version: VrrpVersion,
): VirtualRouterConfiguration['ipv4Checksum'] {
  if (version === 2) return 'message-alone';
  return family === 'ipv6' ? 'with-pseudo-header' : ipv4Checksum;
}
