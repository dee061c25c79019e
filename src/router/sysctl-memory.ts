import { findProgram } from '../linux/programs.ts';
import type { Lifeline } from './lifeline.ts';
import { NftError, readNft, runNft } from './nft.ts';
import type { SysctlChange, SysctlGuard } from './sysctl-guard.ts';

/**
 * Where the original values of kernel parameters survive the process: in comments of an nftables table without effect,
 * for the kernel keeps it for as long as the network namespace whose parameters they are, and no longer.
 */
export interface SysctlMemory {
  /** Takes over what a router left behind that was killed, so that it is put back at the end. */
  recall(): Promise<void>;
  /** Writes down what has been changed until now. */
  store(): Promise<void>;
  /** When everything is put back. */
  forget(): Promise<void>;
}

const TABLE = /^table inet vrrpbench_sysctls_(\d+)$/gm;
const ENTRY = /comment "(net\/[^\s"]+) (-?\d+) (-?\d+)"/g;

/** Does nothing where nft is missing. */
export function createSysctlMemory(guard: SysctlGuard, { tables }: Lifeline): SysctlMemory {
  const nft = findProgram('nft');
  const own = tableOf(String(process.pid));
  let stored: number | undefined;

  return {
    async recall() {
      if (nft === undefined) return;
      const all = await readNft(nft, ['list', 'tables']);
      for (const [, pid] of all.matchAll(TABLE)) {
        // A table that goes with its process tells that the process lives.
        if (all.includes(` ${lifeOf(pid!)}\n`)) continue;
        const text = await readNft(nft, ['list', 'table', 'inet', tableOf(pid!)]);
        guard.adopt(
          [...text.matchAll(ENTRY)].map(([, name, original, value]) => ({
            name: name!,
            original: original!,
            value: value!,
          })),
        );
        await runNft(nft, `delete table inet ${tableOf(pid!)}\n`);
      }
    },
    async store() {
      const changes = guard.changes();
      if (nft === undefined || guard.revision() === stored || changes.length === 0) return;
      if (stored === undefined)
        tables?.add({ name: lifeOf(String(process.pid)), devices: [], priority: 0, ingress: [], egress: [] });
      const revision = guard.revision();
      await runNft(nft, tableText(own, changes));
      stored = revision;
    },
    async forget() {
      if (nft === undefined || stored === undefined) return;
      stored = undefined;
      await runNft(nft, `delete table inet ${own}\n`).catch((error: unknown) => {
        if (!(error instanceof NftError)) throw error;
      });
    },
  };
}

function tableOf(pid: string): string {
  return `vrrpbench_sysctls_${pid}`;
}

function lifeOf(pid: string): string {
  return `vrrpbench_lives_${pid}`;
}

function tableText(table: string, changes: readonly SysctlChange[]): string {
  const chains = changes.map(
    ({ name, original, value }, index) => `chain p${index} {\ncomment "${name} ${original} ${value}"\n}\n`,
  );
  return `table inet ${table}\ndelete table inet ${table}\ntable inet ${table} {\n${chains.join('')}}\n`;
}
