import { findProgram } from '../src/linux/programs.ts';

/** Programs that tests run or compare with: how they are known, by which program they are found, and their package. */
const PEERS = {
  keepalived: { program: 'keepalived', package: 'keepalived' },
  frr: { program: 'vrrpd', package: 'frr' },
  tshark: { program: 'tshark', package: 'tshark' },
  nft: { program: 'nft', package: 'nftables' },
  ip: { program: 'ip', package: 'iproute2' },
  chromium: { program: 'chromium', package: 'chromium' },
} as const;
export type Peer = keyof typeof PEERS;

/** What a test may need of the machine, beside Node.js. */
export interface Lack {
  readonly what: string;
  /** The command that mends it. */
  readonly command: string;
}

/** Whether the tests run as root. */
export const isRoot = process.geteuid?.() === 0;

const NOT_ROOT: Lack = { what: 'not root', command: 'sudo make test' };

function lackOf(peer: Peer): Lack | undefined {
  const { program, package: packageName } = PEERS[peer];
  if (findProgram(program) !== undefined) return undefined;
  return {
    what: `${peer} is not installed`,
    command: `sudo apt-get install --no-install-recommends ${packageName}`,
  };
}

/** Everything that tests need and this machine does not give; tests that need it are skipped. */
export function everythingMissing(): Lack[] {
  const peers = (Object.keys(PEERS) as Peer[]).map(lackOf).filter((lack) => lack !== undefined);
  return isRoot ? peers : [NOT_ROOT, ...peers];
}

/**
 * Tells whether a program that a test needs is installed: `describe.runIf(requirePeer('tshark'))`. Where it is missing
 * the test is skipped, and at the end of the run the reason is told with the command; with CI=true it is an error, so
 * that nothing is skipped unseen.
 */
export function requirePeer(peer: Peer): boolean {
  const lack = lackOf(peer);
  if (lack === undefined) return true;
  if (process.env.CI === 'true') throw new Error(`${lack.what}: ${lack.command}`);
  return false;
}
