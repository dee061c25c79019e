import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import { findProgram } from '../linux/programs.ts';
import { findMisbehaviour, MISBEHAVIOURS } from '../misbehaviour/catalogue.ts';
import type { DataPlane, Misbehaviour, Traffic } from '../misbehaviour/misbehaviour.ts';
import { appliesTo, ignoredTraffic } from '../misbehaviour/misbehaviour.ts';
import { PROTOCOL } from '../vrrp/protocol.ts';
import { parseAddress, vrrpGroup } from '../wire/address.ts';
import { virtualMac } from '../wire/mac.ts';
import type { Family } from '../wire/vrrp.ts';
import type { Carrier } from './carrier.ts';
import { type Conduct, type ConductContext, RIGHT_CONDUCT, type Send } from './conduct.ts';
import { createNeglectedSender, neglectedCarrier, neglectedConfiguration } from './neglecting.ts';
import { runNft } from './nft.ts';
import type { Port } from './port.ts';
import type { Listening } from './receiver.ts';
import type { RouterAdvertiser, RouterAdvertiserParts } from './router-advertiser.ts';
import type { Silence } from './silence.ts';

const FAMILIES: readonly Family[] = ['ipv4', 'ipv6'];
const LARGEST_VRID = 255;
/** Before the chains of accept mode. */
const FILTER_PRIORITY = -2;

const NO_SILENCE: Silence = {
  install: () => Promise.resolve(),
  renew: () => Promise.resolve(),
  release: () => Promise.resolve(),
  remove: () => Promise.resolve(),
};

/** The conduct of a router that does one thing wrong, by its name. Throws an Error that lists the names. */
export function misbehavingBy(name: string): Conduct {
  const misbehaviour = findMisbehaviour(name);
  if (misbehaviour !== undefined) return misbehaving(misbehaviour);
  const names = MISBEHAVIOURS.map((one) => one.name).join(', ');
  throw new Error(`there is no misbehaviour '${name}'; there are ${names}`);
}

/** The conduct of a router that does one thing wrong. */
export function misbehaving(misbehaviour: Misbehaviour): Conduct {
  const { protocol, dataPlane = {}, neglects } = misbehaviour;
  const senderOnce = createNeglectedSender(neglects);
  const isMeant = ({ version, family }: VirtualRouterConfiguration): boolean =>
    appliesTo(misbehaviour, version, family);
  const staysWhenStopped = dataPlane.leftBehind === 'when-stopped';
  return {
    reads: (configuration) => neglectedConfiguration(neglects, configuration),
    protocol: (router) => (isMeant(router) ? protocol?.(PROTOCOL) : undefined) ?? PROTOCOL,
    settings: (router) => settingsOf(dataPlane, router),
    listens: (own) => listeningsOf(misbehaviour, own),
    sender: (router, port, send) =>
      senderOnce(router.name, isMeant(router) ? senderOf(misbehaviour, router, port, send) : send),
    carrier: (carrier, router, context) =>
      staysWhenStopped
        ? stayingCarrier(carrier)
        : servingCarrier(dataPlane, neglectedCarrier(neglects, carrier, router, context), router, context),
    routerAdvertiser: (parts) => misadvertiser(misbehaviour, parts),
    createSilence: dataPlane.leftBehind === undefined ? RIGHT_CONDUCT.createSilence : () => NO_SILENCE,
    removeMacvlans: staysWhenStopped ? () => Promise.resolve() : RIGHT_CONDUCT.removeMacvlans,
  };
}

/** Sends as Backup as well; or says as it ceases to be Active that its lifetime is over. */
function misadvertiser({ routerAdvertising }: Misbehaviour, parts: RouterAdvertiserParts): RouterAdvertiser {
  const right = RIGHT_CONDUCT.routerAdvertiser(parts);
  if (routerAdvertising === 'as-backup') {
    right.begin();
    return { ...right, begin() {}, end() {} };
  }
  if (routerAdvertising === undefined) return right;
  return {
    ...right,
    end() {
      right.end();
      parts.send(parts.frame(0));
    },
  };
}

function settingsOf(dataPlane: DataPlane, router: VirtualRouterConfiguration): VirtualRouterConfiguration {
  const { virtualMac: configured, ...rest } = router;
  return {
    ...rest,
    ...(configured === undefined || dataPlane.physicalMac === true ? {} : { virtualMac: configured }),
    acceptMode: dataPlane.acceptMode ?? router.acceptMode,
  };
}

function listeningsOf({ hears }: Misbehaviour, own: Listening): readonly Listening[] {
  if (hears === undefined) return [own];
  const others = FAMILIES.flatMap((family) =>
    Array.from({ length: LARGEST_VRID }, (_, index) => index + 1)
      .filter((virtualRouterId) => family !== own.family || virtualRouterId !== own.virtualRouterId)
      .filter((virtualRouterId) => hears(family, virtualRouterId, own))
      .map((virtualRouterId) => ({ ...own, family, virtualRouterId, group: vrrpGroup(family) })),
  );
  return [...others, own];
}

function senderOf({ frames }: Misbehaviour, router: VirtualRouterConfiguration, port: Port, send: Send): Send {
  const rewrite = frames?.();
  if (rewrite === undefined) return send;
  const sender = {
    physicalMac: port.macAddress,
    virtualMac: virtualMac(router.family, router.virtualRouterId),
  };
  // What is left out was as good as sent.
  return (frame) => rewrite(frame, sender).map(send).at(-1) ?? 'sent';
}

/** What the carrier has when the router stops stays in the kernel, which goes on without it. */
function stayingCarrier(carrier: Carrier): Carrier {
  return {
    ...carrier,
    release: (removedNext) => (removedNext ? undefined : carrier.release(false)),
    remove: () => Promise.resolve(),
  };
}

/** The carrier serves as Backup what it should not, or leaves out as Active what it should serve. */
function servingCarrier(
  dataPlane: DataPlane,
  carrier: Carrier,
  router: VirtualRouterConfiguration,
  { route, log }: ConductContext,
): Carrier {
  const asBackup = ignoredTraffic(dataPlane, false);
  const asActive = ignoredTraffic(dataPlane, true);
  const ignore = (traffic: readonly Traffic[] = []): void => {
    const nft = findProgram('nft');
    const done =
      nft === undefined
        ? Promise.reject(new Error('nft is not installed'))
        : runNft(nft, filterText(carrier, router, traffic));
    done.catch((error: Error) =>
      log.line(`(${router.name}) does not misbehave as it should: ${error.message}`, { level: 'error' }),
    );
  };
  if (asBackup === undefined) {
    // Its carrier is down as Backup: the rules may stay.
    if (asActive !== undefined && asActive.length > 0) ignore(asActive);
    return carrier;
  }
  const serveAsBackup = (): void => {
    ignore(asBackup);
    carrier.engage();
  };
  serveAsBackup();
  return {
    ...carrier,
    engage() {
      ignore(asActive);
      carrier.engage();
    },
    review: () => (route.link(carrier.index) === undefined ? 'gone' : 'well'),
    release(removedNext) {
      if (removedNext) carrier.release(true);
      else serveAsBackup();
    },
  };
}

/** Rules of nftables by which the kernel ignores some of what comes for a virtual router. */
function filterText(carrier: Carrier, router: VirtualRouterConfiguration, traffic: readonly Traffic[]): string {
  const name = `vrrpbench_misbehaviour_${carrier.name}_${router.virtualRouterId}`.replace(/[^A-Za-z0-9_]/g, '_');
  const isVersion4 = router.family === 'ipv4';
  const addresses = [...router.addresses, ...router.excludedAddresses].map(({ address }) => address);
  const set = `{ ${addresses.join(', ')} }`;
  const interfaces = `{ ${[carrier.name, router.interfaceName].map((one) => JSON.stringify(one)).join(', ')} }`;
  const questions = isVersion4
    ? []
    : addresses.map((one) => `icmpv6 type nd-neighbor-solicit @th,64,128 ${hexOf(one)} drop`);
  const packets = isVersion4
    ? [`ip daddr ${set} drop`]
    : ['icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept', `ip6 daddr ${set} drop`];
  const input = [...(traffic.includes('questions') ? questions : []), ...(traffic.includes('packets') ? packets : [])];
  const forward = traffic.includes('transit') ? [`iifname ${interfaces} drop`] : [];
  const arp = traffic.includes('questions') ? [`arp operation request arp daddr ip ${set} drop`] : [];
  const chain = (hook: string, rules: readonly string[]): string =>
    `chain ${hook} {\ntype filter hook ${hook} priority ${FILTER_PRIORITY}; policy accept;\n${rules.join('\n')}\n}\n`;
  const fresh = (family: string, chains: string): string =>
    `table ${family} ${name}\ndelete table ${family} ${name}\ntable ${family} ${name} {\n${chains}}\n`;
  return (
    fresh('inet', chain('input', input) + chain('forward', forward)) +
    (isVersion4 ? fresh('arp', chain('input', arp)) : '')
  );
}

/** As nftables takes an address that is compared with octets of a message. */
function hexOf(address: string): string {
  return `0x${Buffer.from(parseAddress(address)!).toString('hex')}`;
}
