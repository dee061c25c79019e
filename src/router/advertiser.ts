import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import type { SendResult } from '../linux/packet-socket.ts';
import { OWNER_PRIORITY } from '../vrrp/parameters.ts';
import { intervalNsToField } from '../vrrp/timers.ts';
import { compareAddresses, parseAddress } from '../wire/address.ts';
import type { Carrier } from './carrier.ts';
import { type AdvertisementFrames, advertisementFrames } from './frames.ts';
import { type Port, primaryAddress } from './port.ts';

/** Sends the advertisements of one virtual router. */
export interface Advertiser {
  /** The address that it sends from; undefined where there was none yet. */
  readonly source: Uint8Array | undefined;
  /**
   * Looks for the source address among those that the port has now, and makes frames when it is another one.
   * @returns how that ended
   */
  refresh(priority: number): 'unchanged' | 'changed' | 'none';
  /** Sends one advertisement; undefined where there was never an address to send it from. */
  send(priority: number): SendResult | undefined;
}

/** An advertiser without a source address yet. */
export function createAdvertiser(
  configuration: VirtualRouterConfiguration,
  { port, carrier, send }: { port: Port; carrier: Carrier; send(frame: Uint8Array): SendResult },
): Advertiser {
  const { family, version } = configuration;
  const addresses = configuration.addresses.map(({ address }) => parseAddress(address)!);
  const excluded = configuration.excludedAddresses.map(({ address }) => parseAddress(address)!);
  const own = [...addresses, ...excluded];
  const isOwner = configuration.priority === OWNER_PRIORITY;
  let source: Uint8Array | undefined;
  let frames: AdvertisementFrames | undefined;

  function findSource(): Uint8Array | undefined {
    const configured = configuration.sourceAddress;
    return configured === undefined ? primaryAddress(port, family, own, isOwner) : parseAddress(configured);
  }

  return {
    get source() {
      return source;
    },
    refresh(priority) {
      const found = findSource();
      if (found === undefined) return 'none';
      if (source !== undefined && compareAddresses(source, found) === 0) return 'unchanged';
      source = found;
      frames = advertisementFrames({
        version,
        virtualRouterId: configuration.virtualRouterId,
        interval: intervalNsToField(version, configuration.advertisementIntervalNs),
        addresses,
        source: found,
        sourceMac: configuration.virtualMac?.transmitOnBase === true ? port.macAddress : carrier.macAddress,
        checksum: checksumChoice(configuration),
      });
      // Made now, for it would be made at takeover.
      frames.frame(priority);
      return 'changed';
    },
    send: (priority) => (frames === undefined ? undefined : send(frames.frame(priority))),
  };
}

function checksumChoice({
  version,
  family,
  ipv4Checksum,
}: VirtualRouterConfiguration): VirtualRouterConfiguration['ipv4Checksum'] {
  if (version === 2) return 'message-alone';
  return family === 'ipv6' ? 'with-pseudo-header' : ipv4Checksum;
}
