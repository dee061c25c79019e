import { writeFileSync } from 'node:fs';
import type { RouterConfiguration, VirtualRouterConfiguration } from '../config/configuration.ts';
import type { Neglect } from '../misbehaviour/misbehaviour.ts';
import type { Carrier } from './carrier.ts';
import type { ConductContext, Send } from './conduct.ts';
import { removeFilters } from './filter.ts';

/** What a router that neglects something understands of its configuration. */
export function neglectedConfiguration(
  neglect: Neglect | undefined,
  configuration: RouterConfiguration,
): RouterConfiguration {
  if (neglect === 'start-up-delay') return { ...configuration, startupDelayNs: 0 };
  return neglect === 'sync-groups' ? { ...configuration, syncGroups: [] } : configuration;
}

/** Sends by the first interface of a virtual router alone: one that was made anew gets nothing. */
export function createNeglectedSender(neglect: Neglect | undefined): (name: string, send: Send) => Send {
  const known = new Set<string>();
  return (name, send) => {
    const isAnew = known.has(name);
    known.add(name);
    // What is left out was as good as sent.
    return neglect === 'interface-made-anew' && isAnew ? () => 'sent' : send;
  };
}

/** A carrier on a machine that is not looked after. */
export function neglectedCarrier(
  neglect: Neglect | undefined,
  carrier: Carrier,
  router: VirtualRouterConfiguration,
  { route, log }: ConductContext,
): Carrier {
  const set = (name: string, value: string): void => {
    try {
      writeFileSync(`/proc/sys/${name}`, value);
    } catch (error) {
      const text = `(${router.name}) does not misbehave as it should: ${(error as Error).message}`;
      log.line(text, { level: 'error' });
    }
  };
  const whenEngaged = (work: () => void): Carrier => ({
    ...carrier,
    engage() {
      work();
      carrier.engage();
    },
  });
  switch (neglect) {
    case 'virtual-interface':
      return { ...carrier, review: () => (route.link(carrier.index) === undefined ? 'gone' : 'well') };
    case 'reverse-path-filter':
      return whenEngaged(() => set('net/ipv4/conf/all/rp_filter', '1'));
    case 'arp-of-interface':
      return whenEngaged(() => {
        set(`net/ipv4/conf/${router.interfaceName}/arp_ignore`, '0');
        set(`net/ipv4/conf/${router.interfaceName}/arp_announce`, '0');
        void removeFilters([{ router, carrier }]);
      });
    default:
      return carrier;
  }
}
