import { readFileSync } from 'node:fs';
import type { VirtualRouterConfiguration } from '../config/configuration.ts';
import { quoted } from '../config/keyword.ts';
import { LinuxError } from '../linux/libc.ts';
import { findProgram } from '../linux/programs.ts';
import type { Lifeline } from './lifeline.ts';
import { readNft } from './nft.ts';
import type { Port } from './port.ts';

/** Why a virtual router cannot run here: another process runs it. In words for the user. */
export class ClaimError extends Error {
  override readonly name = 'ClaimError';
}

/**
 * What tells the routers of a network namespace of each other: that they live, and which virtual routers are whose. Each
 * is a table of nftables without effect, which the kernel removes when its process is gone.
 */
export interface Claims {
  /** The number of this process and when it began: numbers of processes come again, after SIGKILL even the same one. */
  readonly own: string;
  /** The processes of the other routers here; undefined where the kernel cannot tell. @throws NftError (rejects) */
  others(): Promise<readonly number[] | undefined>;
  /** Takes a virtual router for this process, if it is not its own already. @throws ClaimError: it is another's */
  take(router: VirtualRouterConfiguration, port: Port): void;
  /** Others may run it. */
  release(name: string): void;
}

const LIVES = /^table netdev vrrpbench_lives_((\d+)_\d+)$/gm;
/** What the kernel says of a table of that name: that it is there, or that it belongs to another process. */
const TAKEN: ReadonlySet<string> = new Set(['EEXIST', 'EPERM']);

/** The table of a router that lives. */
export function lifeOf(id: string): string {
  return `vrrpbench_lives_${id}`;
}

/** Says that this process lives; nothing is claimed where the kernel has no tables that go with it. */
export function createClaims(lifeline: Lifeline): Claims {
  const own = `${process.pid}_${Date.now()}`;
  const nft = findProgram('nft');
  const taken = new Map<string, string>();
  /** As they were when they were last asked for. */
  let known: readonly number[] = [];
  const tables = livingTables();

  function livingTables(): Lifeline['tables'] {
    try {
      lifeline.tables?.add(emptyTable(lifeOf(own)));
      return lifeline.tables;
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  return {
    own,
    async others() {
      if (nft === undefined || tables === undefined) return undefined;
      const all = await readNft(nft, ['list', 'tables']);
      known = [...all.matchAll(LIVES)].filter(([, id]) => id !== own).map(([, , pid]) => Number(pid));
      return known;
    },
    take(router, port) {
      const name = `vrrpbench_runs_${router.family}_${router.virtualRouterId}_${port.index}`;
      if (tables === undefined || taken.get(router.name) === name) return;
      try {
        tables.add(emptyTable(name));
      } catch (error) {
        if (!(error instanceof LinuxError && TAKEN.has(error.code))) throw error;
        throw new ClaimError(
          `another router of this machine${processText(known)} runs VRID ${router.virtualRouterId} over ` +
            `${router.family === 'ipv4' ? 'IPv4' : 'IPv6'} on ${port.name} already: stop it, or give vrrp_instance ` +
            `${router.name} another virtual_router_id`,
        );
      }
      taken.set(router.name, name);
    },
    release(name) {
      const table = taken.get(name);
      if (table === undefined) return;
      taken.delete(name);
      tables?.remove(table);
    },
  };
}

/** ` (process 1234, "vrrpbench router -f r1.conf")`, as far as these processes are to be seen from here. */
function processText(pids: readonly number[]): string {
  const texts = pids.flatMap((pid) => {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim();
      return [words === '' ? `process ${pid}` : `process ${pid}, ${quoted(words)}`];
    } catch {
      // Of another PID namespace, or just gone.
      return [];
    }
  });
  return texts.length === 0 ? '' : ` (${texts.join(', or ')})`;
}

function emptyTable(name: string) {
  return { name, devices: [], priority: 0, ingress: [], egress: [] };
}
