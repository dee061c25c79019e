import { isIP } from 'node:net';
import { basename } from 'node:path';
import type { Intent, VirtualRouterIntent } from '../capture/intent.ts';
import type { RouterConfiguration, VirtualRouterConfiguration } from '../config/configuration.ts';

/** Version 2's authentication type of a password (RFC 2338 §5.3.6). */
const SIMPLE_PASSWORD = 1;

/** A configuration that cannot be used, with every complaint about it, one a line. */
export class IntentError extends Error {
  override readonly name = 'IntentError';
}

/**
 * What the routers of keepalived.conf files are meant to do. `FILE@ADDRESS` says from which address the router
 * advertises; else it is the one that has the configured source address or, failing that, the configured priority.
 */
export async function readIntent(texts: readonly string[]): Promise<Intent> {
  const { loadConfiguration } = await import('../config/load.ts');
  const virtualRouters: VirtualRouterIntent[] = [];
  for (const text of texts) {
    const { file, address } = splitAddress(text);
    const result = loadConfiguration(file);
    if (!result.ok) {
      const complaints = result.errors.map((error) => `${error.file}:${error.line}:${error.column}: ${error.message}`);
      throw new IntentError(complaints.join('\n'));
    }
    const { configuration } = result;
    const name = nameOf(configuration, virtualRouters);
    for (const one of configuration.virtualRouters) virtualRouters.push(intentOf(one, name, address));
  }
  return { virtualRouters };
}

function splitAddress(text: string): { readonly file: string; readonly address?: string } {
  const at = text.lastIndexOf('@');
  const address = text.slice(at + 1);
  return at > 0 && isIP(address) !== 0 ? { file: text.slice(0, at), address } : { file: text };
}

/** The router_id, where it is said and no other file has it; else the file's name. */
function nameOf({ routerId, file }: RouterConfiguration, others: readonly VirtualRouterIntent[]): string {
  const name = routerId ?? basename(file, '.conf');
  return others.some(({ router }) => router === name) ? file : name;
}

function intentOf(one: VirtualRouterConfiguration, router: string, address: string | undefined): VirtualRouterIntent {
  const sameFamily = address !== undefined && (isIP(address) === 4) === (one.family === 'ipv4');
  const primaryAddress = sameFamily ? address : one.sourceAddress;
  return {
    router,
    lan: one.interfaceName,
    virtualRouterId: one.virtualRouterId,
    version: one.version,
    family: one.family,
    priority: one.priority,
    advertisementIntervalNs: one.advertisementIntervalNs,
    preempt: one.preempt,
    preemptDelayNs: one.preemptDelayNs,
    downTimerAdvertisements: one.downTimerAdvertisements,
    acceptMode: one.acceptMode,
    addresses: one.addresses.map(({ address: virtual }) => virtual),
    ...(primaryAddress === undefined ? {} : { primaryAddress }),
    virtualMac: one.virtualMac !== undefined,
    transmitOnBase: one.virtualMac?.transmitOnBase ?? false,
    ipv4Checksum: one.ipv4Checksum,
    unicast: one.unicast !== undefined,
    bothVersions: one.alsoVersion2,
    ...(one.version === 3 ? {} : { authenticationType: one.password === undefined ? 0 : SIMPLE_PASSWORD }),
    // Where the file says nothing another program may advertise the router (radvd).
    ...(one.routerAdvertisement === undefined ? {} : { routerAdvertisements: true }),
  };
}
