import { NotPlayableError } from '../stage/stage.ts';
import type { RouterDescription } from '../stage/topology.ts';

type VirtualRouter = RouterDescription['virtualRouters'][number];

const MILLISECOND_NS = 1_000_000;
/** The owner's priority is not configured: FRR takes it where the interface has the address. */
const OWNER = 255;

/**
 * The vrrpd.conf of a router: word for word what its description brings, or made from what its virtual routers are meant
 * to do.
 * @throws NotPlayableError where FRR has no setting for what they are meant to do
 */
export function vrrpdConfiguration(router: RouterDescription): string {
  if (router.configuration !== undefined) return router.configuration;
  const blocks = router.virtualRouters.map((intent) => {
    const lacking = whatItLacks(intent);
    if (lacking !== undefined)
      throw new NotPlayableError(`router '${router.name}' is to be played by FRR, which ${lacking}`);
    const port = router.ports.find(({ lan }) => lan === intent.lan);
    return [`interface ${port?.interfaceName ?? 'eth0'}`, ...linesOf(intent).map((line) => ` ${line}`), 'exit', ''];
  });
  return `${['debug vrrp protocol', '', ...blocks.flat()].join('\n')}`;
}

function linesOf(intent: VirtualRouter): string[] {
  const { virtualRouterId, version, family, priority, advertisementIntervalNs, preempt, addresses } = intent;
  const vrrp = `vrrp ${virtualRouterId}`;
  return [
    `${vrrp} version ${version}`,
    ...(priority === undefined || priority === OWNER ? [] : [`${vrrp} priority ${priority}`]),
    ...(advertisementIntervalNs === undefined
      ? []
      : [`${vrrp} advertisement-interval ${advertisementIntervalNs / MILLISECOND_NS}`]),
    ...(preempt === false ? [`no ${vrrp} preempt`] : []),
    ...addresses.map((address) => `${vrrp} ${family === 'ipv4' ? 'ip' : 'ipv6'} ${address}`),
  ];
}

function whatItLacks(intent: VirtualRouter): string | undefined {
  const { version, family, preemptDelayNs = 0, downTimerAdvertisements = 3 } = intent;
  if (intent.virtualMac === false) return 'has no virtual routers without virtual MAC';
  if (intent.transmitOnBase === true) return 'cannot send advertisements with the physical MAC';
  if (intent.acceptMode === false) return 'cannot turn the accept mode off';
  // Over IPv6 zebra sends them on the macvlan whenever vrrpd is Master.
  if (intent.routerAdvertisements === false) return 'cannot do without Router Advertisements';
  if (preemptDelayNs > 0) return 'cannot delay preemption';
  if (downTimerAdvertisements !== 3) return 'cannot change how many advertisements Active_Down_Interval waits for';
  if (version === 3 && family === 'ipv4' && intent.ipv4Checksum === 'message-alone') {
    return 'knows version 3 over IPv4 with pseudo-header in the checksum alone';
  }
  return undefined;
}
