import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCapture } from '../../src/conformance/check-capture.ts';
import { FRR_SCRIPT } from '../../src/implementations/frr-script.ts';
import { findProgram } from '../../src/linux/programs.ts';
import { requirePeer } from '../peers.ts';

const command = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

interface Outcome {
  readonly status: number;
  readonly out: string;
  readonly error: string;
}

function run(program: string, ...words: readonly string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const child = execFile(program, words, { maxBuffer: 1 << 24 }, (_, out, error) => {
      resolve({ status: child.exitCode ?? -1, out, error });
    });
  });
}

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vrrpbench-watch-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const configuration = (priority: number) => `
vrrp_instance gateway {
  interface eth0
  virtual_router_id 51
  version 3
  priority ${priority}
  advert_int 0.2
  use_vmac
  virtual_ipaddress { 192.0.2.100/32 }
}
`;

const frrConfiguration = `
interface eth0
 vrrp 51 version 3
 vrrp 51 priority 100
 vrrp 51 advertisement-interval 200
 vrrp 51 ip 192.0.2.100
`;

/** How a router is started in its namespace, where its files are; bash, in which $1 is the command of vrrpbench. */
const START = {
  native: (node: 1 | 2) => `node "$1" router -f r${node}.conf`,
  keepalived: (node: 1 | 2) =>
    `keepalived -n -l -P -f "$PWD/r${node}.conf" -p "$PWD/r${node}.pid" -r "$PWD/r${node}.vrrp.pid"`,
  frr: (node: 1 | 2) =>
    `unshare --mount bash frr.sh "$PWD/frr${node}" ${dirname(findProgram('vrrpd') ?? '')} ${findProgram('vtysh')} 1 eth0`,
} as const;
type Speaker = keyof typeof START;

/** Its macvlan has to be there before FRR. */
const PREPARE_FRR = (node: 1 | 2) => `
mkdir frr${node}; cp vrrpd.conf group frr${node}; : > frr${node}/zebra.conf
nsenter -t \${pids[${node}]} -n sh -c "ip link add vrrp4-2-51 link eth0 type macvlan mode bridge
  ip link set vrrp4-2-51 addrgenmode random
  ip link set vrrp4-2-51 address 00:00:5e:00:01:33
  ip addr add 192.0.2.100/24 dev vrrp4-2-51
  ip link set vrrp4-2-51 up"
`;

/** Two routers on a bridge, in namespaces of their own; the higher one's link goes down while the bridge is watched. */
const lanOf = (speakers: readonly [Speaker, Speaker]) => `
set -e
ip link set lo up
ip link add br0 type bridge mcast_snooping 0
ip link set br0 up
for i in 1 2; do
  unshare -n sleep 100 & pids[$i]=$!
  until [ "$(readlink /proc/\${pids[$i]}/ns/net)" != "$(readlink /proc/self/ns/net)" ]; do :; done
  ip link add v$i type veth peer name eth0 netns \${pids[$i]}
  ip link set v$i master br0 up
  nsenter -t \${pids[$i]} -n sh -c "ip link set lo up; ip link set eth0 up; ip addr add 192.0.2.$i/24 dev eth0"
done
node "$1" watch br0 --ring ring --metrics unix:$PWD/metrics > watch.out 2> watch.err & watch=$!
seen() { until grep -q "$1" watch.out watch.err; do sleep 0.05; kill -0 $watch; done; }
seen "nothing is sent"
${speakers.map((speaker, index) => (speaker === 'frr' ? PREPARE_FRR((index + 1) as 1 | 2) : '')).join('')}
started() { nsenter -t \${pids[$1]} -n "\${@:2}" > r$1.log 2>&1 & routers[$1]=$!; }
started 1 ${START[speakers[0]](1)}
seen "Active 192.0.2.1"
started 2 ${START[speakers[1]](2)}
until grep -qE "ready: |Entering BACKUP" r2.log; do sleep 0.05; kill -0 \${routers[2]}; done
ip link set v1 down
seen "192.0.2.2 (priority 100): took over from 192.0.2.1"
curl -s --unix-socket metrics http://localhost/metrics > metrics.out
kill -INT $watch
status=0; wait $watch || status=$?
kill \${routers[@]} \${pids[@]}
cat watch.out
exit $status
`;

/** Watches such a LAN in a folder of its own. */
async function watchLan(speakers: readonly [Speaker, Speaker]): Promise<Outcome & { readonly folder: string }> {
  const own = await mkdtemp(join(folder, 'lan-'));
  await writeFile(join(own, 'r1.conf'), configuration(200), { mode: 0o600 });
  await writeFile(join(own, 'r2.conf'), configuration(100), { mode: 0o600 });
  await writeFile(join(own, 'vrrpd.conf'), frrConfiguration);
  await writeFile(join(own, 'group'), 'root:x:0:\nfrrvty:x:0:root\n');
  await writeFile(join(own, 'frr.sh'), FRR_SCRIPT);
  await writeFile(join(own, 'lan.sh'), `cd '${own}'\n${lanOf(speakers)}`);
  const words = ['-rnm', '--pid', '--fork', '--mount-proc', '--kill-child', 'bash', join(own, 'lan.sh'), command];
  return { ...(await run('unshare', ...words)), folder: own };
}

describe('vrrpbench watch', () => {
  it('tells who is Active, why it changed, what is found, and keeps the frames around a finding', async () => {
    const { status, out, folder: own } = await watchLan(['native', 'native']);
    expect(out).toMatch(/VRID 51 IPv4 on br0: Active 192\.0\.2\.1 \(priority 200\)/);
    expect(out).toMatch(/took over from 192\.0\.2\.1, which was silent \([\d.]+ m?s; the RFC says .*\)/);
    expect(out).toContain('WARN tx.checksum.v4');
    expect(out).not.toContain('\x1b');
    expect([0, 3]).toContain(status);
    const metrics = await run('cat', join(own, 'metrics.out'));
    expect(metrics.out).toContain('vrrp_active_routers{lan="br0",vrid="51",family="ipv4"} 1');
    expect(metrics.out).toContain('vrrp_active_changes_total{lan="br0",vrid="51",family="ipv4"} 1');
    expect(metrics.out).toContain('vrrp_frames_lost_total 0');
    const [capture] = await readdir(join(own, 'ring'));
    const { observation } = await checkCapture(join(own, 'ring', capture!));
    expect(observation.advertisements).toBeGreaterThan(0);
    expect(observation.interfaces[0]!.name).toBe('br0');
  }, 60_000);

  it.each([
    ['keepalived', 'frr'],
    ['native', 'keepalived'],
  ] as const)(
    'tells the same of %s and %s',
    async (one, other) => {
      for (const speaker of [one, other]) if (speaker !== 'native') requirePeer(speaker);
      const { out, folder: own } = await watchLan([one, other]);
      expect(out).toMatch(/VRID 51 IPv4 on br0: Active 192\.0\.2\.1 \(priority 200\)/);
      expect(out).toMatch(/took over from 192\.0\.2\.1, which was silent \([\d.]+ m?s; the RFC says .*\)/);
      const metrics = await run('cat', join(own, 'metrics.out'));
      expect(metrics.out).toContain('vrrp_active_changes_total{lan="br0",vrid="51",family="ipv4"} 1');
      expect(metrics.out).toContain('vrrp_frames_lost_total 0');
    },
    60_000,
  );

  it('says which capability it lacks and how to get it', async () => {
    const drop = ['--bounding-set', '-net_raw', '--inh-caps', '-net_raw', '--'];
    const words = ['-rnm', 'setpriv', ...drop, process.execPath, command, 'watch', 'lo'];
    expect(await run('unshare', ...words)).toMatchObject({
      status: 2,
      error: expect.stringMatching(/lo: receiving frames needs CAP_NET_RAW: run it as root.*tcpdump -i lo/),
    });
  });

  it('names an interface that is not there', async () => {
    expect(await run(process.execPath, command, 'watch', 'nothing0')).toMatchObject({
      status: 2,
      error: expect.stringContaining('nothing0: there is no such interface'),
    });
  });
});
