import type { RouterDescription } from '../stage/topology.ts';
import { formatMac, virtualMac } from '../wire/mac.ts';
import type { TemplateValues } from './template.ts';

const MILLISECOND_NS = 1_000_000;
const CENTISECOND_NS = 10_000_000;
const SECOND_NS = 1_000_000_000;
const OWNER = 255;
const DEFAULT_PRIORITY = 100;

/** What the templates of a manifest may name of a router. */
export function routerValues(router: RouterDescription): TemplateValues {
  return {
    router: router.name,
    ports: router.ports.map(({ lan, interfaceName, macAddress, addresses }) => ({
      lan,
      interface: interfaceName,
      mac: macAddress,
      'own-addresses': addresses.map((address) => ({ address })),
    })),
    'virtual-routers': router.virtualRouters.map((intent, index) => virtualRouterValues(router, intent, index)),
  };
}

function virtualRouterValues(
  router: RouterDescription,
  intent: RouterDescription['virtualRouters'][number],
  index: number,
): TemplateValues {
  const { version, family, virtualRouterId, priority = DEFAULT_PRIORITY, advertisementIntervalNs = SECOND_NS } = intent;
  const { addresses, preemptDelayNs = 0 } = intent;
  return {
    number: index + 1,
    id: virtualRouterId,
    interface: router.ports.find(({ lan }) => lan === intent.lan)?.interfaceName ?? 'eth0',
    lan: intent.lan,
    version,
    'version-2': version === 2,
    'version-3': version === 3,
    family,
    ipv4: family === 'ipv4',
    ipv6: family === 'ipv6',
    priority,
    owner: priority === OWNER,
    'interval-s': advertisementIntervalNs / SECOND_NS,
    'interval-cs': advertisementIntervalNs / CENTISECOND_NS,
    'interval-ms': advertisementIntervalNs / MILLISECOND_NS,
    preempt: intent.preempt !== false,
    'preempt-delay-s': preemptDelayNs === 0 ? undefined : preemptDelayNs / SECOND_NS,
    accept: intent.acceptMode !== false,
    'virtual-mac': intent.virtualMac === false ? undefined : formatMac(virtualMac(family, virtualRouterId)),
    'router-advertisements': intent.routerAdvertisements === true,
    'transmit-on-base': intent.transmitOnBase === true,
    'checksum-with-pseudo-header': intent.ipv4Checksum === 'with-pseudo-header',
    'checksum-message-alone': intent.ipv4Checksum === 'message-alone',
    'primary-address': intent.primaryAddress,
    addresses: addresses.map((address, position) => ({
      address,
      first: position === 0,
      last: position === addresses.length - 1,
    })),
  };
}
