import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import { markRule } from '../linux/netlink/owned-tables.ts';
import { findProgram } from '../linux/programs.ts';
import { RECORD_BLOCK_SOURCES, RECORD_TO_INCLUDE } from '../wire/group-report.ts';
import type { Filtered } from './filter.ts';
import type { Lifeline } from './lifeline.ts';
import type { Log } from './log.ts';
import { runNft } from './nft.ts';
import { isLinkLocalAddress } from './port.ts';

/** Keeps the kernel silent for virtual MACs when this process is dead, however it died. */
export interface Silence {
  /** Before the first of these virtual routers becomes Active; again for more of them. */
  install(all: readonly Filtered[]): Promise<void>;
  /** After a reload: what is silenced hangs on the addresses. */
  renew(all: readonly Filtered[]): Promise<void>;
  /** When the macvlan of one virtual router is gone, and others go on. */
  release(gone: Filtered): Promise<void>;
  /** When the macvlans are gone, or down. */
  remove(): Promise<void>;
}

/** Set and taken off again between two chains of one device, so that nobody else's marks are touched. */
const MARK_BIT = 0x4000_0000;
const MARK_PRIORITY = -20;
const DROP_PRIORITY = -10;

/**
 * The kernel keeps macvlans and addresses of a process that was killed, and would go on answering for them beside the
 * new Active router. So a table of nftables that stays drops every frame of the macvlan, in and out, that bears no mark,
 * and one that belongs to a socket of this process sets the mark: the kernel removes that when the process is gone. A
 * router that starts again replaces the former; this process opens its socket before those that would leave groups.
 */
export function createSilence({ tables, refusal }: Lifeline, log: Log): Silence {
  /** The rules for the table of each device. */
  const installed = new Map<string, string>();
  /** What marks the frames of which devices: those that begin together have one table. */
  const marks = new Map<string, Set<string>>();
  let count = 0;
  const nft = findProgram('nft');

  function mark(devices: readonly string[]): void {
    if (tables === undefined) throw new Error(refusal);
    const name = `vrrpbench_alive_${process.pid}${count === 0 ? '' : `_${count}`}`;
    count += 1;
    const rules = [markRule(MARK_BIT)];
    tables.add({ name, devices, priority: MARK_PRIORITY, ingress: rules, egress: rules });
    marks.set(name, new Set(devices));
  }

  function unmark(device: string): void {
    for (const [name, devices] of marks) {
      if (!devices.delete(device) || devices.size > 0) continue;
      marks.delete(name);
      tables?.remove(name);
    }
  }

  async function replaceTables(program: string, all: readonly Filtered[]): Promise<void> {
    const texts = all.map((one) => [one.carrier.name, tableText(one)] as const);
    await runNft(program, texts.map(([device, text]) => removalText(device) + text).join(''));
    for (const [device, text] of texts) installed.set(device, text);
  }

  return {
    async install(all) {
      const wanted = all.filter(({ router }) => router.virtualMac !== undefined);
      if (wanted.length === 0) return;
      try {
        if (nft === undefined) throw new Error('nft is not installed (the package is called nftables)');
        mark(wanted.map(({ carrier }) => carrier.name));
        await replaceTables(nft, wanted);
      } catch (error) {
        log.line(`if this process is killed, the kernel goes on answering: ${(error as Error).message}`);
      }
    },
    async renew(all) {
      const others = all.filter((one) => {
        const text = installed.get(one.carrier.name);
        return text !== undefined && text !== tableText(one);
      });
      if (nft === undefined || others.length === 0) return;
      await replaceTables(nft, others);
    },
    async release({ carrier }) {
      unmark(carrier.name);
      if (installed.delete(carrier.name) && nft !== undefined) await runNft(nft, removalText(carrier.name));
    },
    async remove() {
      if (nft !== undefined && installed.size > 0) await runNft(nft, [...installed.keys()].map(removalText).join(''));
      installed.clear();
    },
  };
}

/** Another name for every device: what nftables does not take in a name is spelled by its number. */
export function silenceTableOf(device: string): string {
  return `vrrpbench_silent_${device.replace(/[^A-Za-z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16)}`)}`;
}

function tableText({ router, carrier }: Filtered): string {
  const chain = (hook: string, rules: readonly string[]): string => `chain ${hook} {
type filter hook ${hook} device ${JSON.stringify(carrier.name)} priority ${DROP_PRIORITY}; policy accept;
meta mark & ${MARK_BIT} == 0 drop
meta mark set meta mark & ${(~MARK_BIT >>> 0).toString()}
${rules.join('\n')}
}
`;
  return `table netdev ${silenceTableOf(carrier.name)} {\n${chain('ingress', [])}${chain('egress', reportRules(router))}}\n`;
}

/**
 * What a macvlan must not report of its multicast groups. The group of VRRP the interface reports itself, at the same
 * port of the switch. And that it leaves Solicited-Node groups the kernel says a moment after it lost the addresses, as
 * Backup already: the switch would learn the virtual MAC on its port again. Without its link-local address it has
 * ceased to be Active, too.
 */
function reportRules(router: VirtualRouterConfiguration): string[] {
  if (router.family === 'ipv4') return ['ip protocol igmp drop'];
  const carriesLinkLocal = router.addresses.some(({ address }) => isLinkLocalAddress(address));
  return [
    'icmpv6 type mld-listener-done drop',
    `icmpv6 type mld2-listener-report @th,64,8 { ${RECORD_TO_INCLUDE}, ${RECORD_BLOCK_SOURCES} } drop`,
    ...(carriesLinkLocal ? ['icmpv6 type mld2-listener-report ip6 saddr :: drop'] : []),
  ];
}

/** Declared first, so that deleting is no error where there is none. */
function removalText(device: string): string {
  return `table netdev ${silenceTableOf(device)}\ndelete table netdev ${silenceTableOf(device)}\n`;
}
