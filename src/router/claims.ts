import type { VirtualRouterConfiguration } from '../config/configuration.ts';
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
      return [...all.matchAll(LIVES)].filter(([, id]) => id !== own).map(([, , pid]) => Number(pid));
    },
    take(router, port) {
      const name = `vrrpbench_runs_${router.family}_${router.virtualRouterId}_${port.index}`;
      if (tables === undefined || taken.get(router.name) === name) return;
      try {
        tables.add(emptyTable(name));
      } catch (error) {
        if (!(error instanceof LinuxError && TAKEN.has(error.code))) throw error;
        throw new ClaimError(
          `another router of this machine runs VRID ${router.virtualRouterId} over ` +
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

function emptyTable(name: string) {
  return { name, devices: [], priority: 0, ingress: [], egress: [] };
}
