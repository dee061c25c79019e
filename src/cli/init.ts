import { writeFile } from 'node:fs/promises';
import { printable } from '../report/printable.ts';
import { EXIT_PASSED, EXIT_UNUSABLE } from './exit-status.ts';

/** A first scenario; every line that is commented out may be used. */
const FIRST_SCENARIO = `# A scenario of vrrpbench: which routers there are, what is done to them, what must come of it.
#   vrrpbench run FILE                        plays it with the native router, as VRRPv2 and v3, IPv4 and IPv6
#   vrrpbench run FILE --router keepalived    plays it with keepalived, where that is installed
#   vrrpbench lab FILE                        builds it, and leaves you in a shell among its routers
name: My backup router takes over

# The version of the protocol and the family of the addresses; all three unless said.
variants: [v3-ipv4]

virtual-router:
  id: 51
  interval: 1s
  addresses: [192.0.2.101]
  # preempt: false          # a router of higher priority that comes back does not take over
  # accept: false           # the Active router does not answer pings to the virtual address

routers:
  r1: { priority: 200 }
  r2: { priority: 100 }
  # r2: { priority: 100, implementation: frr }    # another program in its place

hosts: [h1]                 # its gateway is the virtual address

steps:
  - start: [r1, r2]
  - await: { active: r1 }
  - probe:                  # h1 pings the virtual address each millisecond
  - pause: 500ms
  - power-off: r1           # or stop, kill, freeze; or pull-cable: r1; or fault: { lose: everything from r1 }
  - await: { active: r2 }
  - pause: 500ms
  - end-probe

expect:
  - takeover: { of: r2, after: power-off }            # neither earlier nor later than the RFC has it
  - outage: { below: active-down-interval + 20ms }    # or a time: 4s
  - silent: { router: r1, after: power-off }
  - active: r2                                        # at the end
  # Besides, no frame may break a rule of the RFC, whatever is expected here.
`;

/** Writes a first scenario with comments where there is no file yet, and says what to do with it. */
export async function initCommand(file: string): Promise<number> {
  try {
    await writeFile(file, FIRST_SCENARIO, { flag: 'wx' });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'is there already; name another file: vrrpbench init FILE' : message;
    process.stderr.write(`${printable(`${file} ${why}`)}\n`);
    return EXIT_UNUSABLE;
  }
  const name = printable(file);
  process.stdout.write(
    [
      `${name} is a scenario of two routers and a host.`,
      `  vrrpbench run ${name}     plays it`,
      `  vrrpbench lab ${name}     builds it, for you to look around`,
      'docs/scenarios.md has all that a scenario can say.',
      '',
    ].join('\n'),
  );
  return EXIT_PASSED;
}
