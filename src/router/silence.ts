import { markRule } from '../linux/netlink/owned-tables.ts';
import { findProgram } from '../linux/programs.ts';
import type { Lifeline } from './lifeline.ts';
import type { Log } from './log.ts';
import { runNft } from './nft.ts';

/** Keeps the kernel silent for virtual MACs when this process is dead, however it died. */
export interface Silence {
  /** Before the first virtual router of these macvlans becomes Active; again for more macvlans. */
  install(devices: readonly string[]): Promise<void>;
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
  let installed: readonly string[] = [];
  let count = 0;
  const nft = findProgram('nft');

  return {
    async install(devices) {
      if (devices.length === 0) return;
      try {
        if (tables === undefined) throw new Error(refusal);
        if (nft === undefined) throw new Error('nft is not installed (the package is called nftables)');
        const mark = [markRule(MARK_BIT)];
        const name = `vrrpbench_alive_${process.pid}${count === 0 ? '' : `_${count}`}`;
        tables.add({ name, devices, priority: MARK_PRIORITY, ingress: mark, egress: mark });
        count += 1;
        await runNft(nft, devices.map((device) => removalText(device) + tableText(device)).join(''));
        installed = [...new Set([...installed, ...devices])];
      } catch (error) {
        log.line(`if this process is killed, the kernel goes on answering: ${(error as Error).message}`);
      }
    },
    async remove() {
      if (nft !== undefined && installed.length > 0) await runNft(nft, installed.map(removalText).join(''));
      installed = [];
    },
  };
}

/** Another name for every device: what nftables does not take in a name is spelled by its number. */
function tableName(device: string): string {
  return `vrrpbench_silent_${device.replace(/[^A-Za-z0-9]/g, (character) => `_${character.charCodeAt(0).toString(16)}`)}`;
}

function tableText(device: string): string {
  const chain = (hook: string): string => `chain ${hook} {
type filter hook ${hook} device ${JSON.stringify(device)} priority ${DROP_PRIORITY}; policy accept;
meta mark & ${MARK_BIT} == 0 drop
meta mark set meta mark & ${(~MARK_BIT >>> 0).toString()}
}
`;
  return `table netdev ${tableName(device)} {\n${chain('ingress')}${chain('egress')}}\n`;
}

/** Declared first, so that deleting is no error where there is none. */
function removalText(device: string): string {
  return `table netdev ${tableName(device)}\ndelete table netdev ${tableName(device)}\n`;
}
