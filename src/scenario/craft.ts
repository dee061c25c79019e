import { advertisementMessage } from '../wire/build-advertisement.ts';
import { ipFrame, toAddress } from '../wire/envelope.ts';
import type { CraftedAdvertisement } from './plan.ts';

const AUTHENTICATION_LENGTH = 8;

/** The Ethernet frame of a crafted advertisement. Throws a TypeError that names an address which is none. */
export function craftFrame(crafted: CraftedAdvertisement): Uint8Array {
  const source = toAddress(crafted.source);
  const destination = toAddress(crafted.destination);
  const authenticationData = new Uint8Array(AUTHENTICATION_LENGTH);
  authenticationData.set(new TextEncoder().encode(crafted.authenticationData).subarray(0, AUTHENTICATION_LENGTH));
  const message = advertisementMessage(
    {
      version: crafted.version,
      type: crafted.type,
      virtualRouterId: crafted.virtualRouterId,
      priority: crafted.priority,
      interval: crafted.interval,
      addresses: crafted.addresses.map(toAddress),
      reserved: crafted.reserved,
      authenticationType: crafted.authenticationType,
      authenticationData,
      trailing: new Uint8Array(crafted.trailingOctets),
      ...(crafted.count === undefined ? {} : { addressCount: crafted.count }),
    },
    source,
    destination,
    crafted.checksum,
  );
  return ipFrame({
    source,
    destination,
    sourceMac: crafted.sourceMac,
    destinationMac: crafted.destinationMac,
    protocol: crafted.protocol,
    hopLimit: crafted.hopLimit,
    payload: message.subarray(0, Math.max(0, message.length - crafted.cutOctets)),
  });
}
