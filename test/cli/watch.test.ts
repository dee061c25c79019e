import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkCapture } from '../../src/conformance/check-capture.ts';

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

/** Two native routers on a bridge, in namespaces of their own; the higher one's link goes down while the bridge is watched. */
const LAN = `
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
for i in 1 2; do nsenter -t \${pids[$i]} -n node "$1" router -f r$i.conf > r$i.log 2>&1 & routers[$i]=$!; done
seen "Active 192.0.2.1"
ip link set v1 down
seen "192.0.2.2 (priority 100) took over from 192.0.2.1"
curl -s --unix-socket metrics http://localhost/metrics > metrics.out
kill -INT $watch
status=0; wait $watch || status=$?
kill \${routers[@]} \${pids[@]}
cat watch.out
exit $status
`;

describe('vrrpbench watch', () => {
  it('tells who is Active, why it changed, what is found, and keeps the frames around a finding', async () => {
    await writeFile(join(folder, 'r1.conf'), configuration(200));
    await writeFile(join(folder, 'r2.conf'), configuration(100));
    await writeFile(join(folder, 'lan.sh'), `cd '${folder}'\n${LAN}`);
    const { status, out } = await run('unshare', '-rnm', '--kill-child', 'bash', join(folder, 'lan.sh'), command);
    expect(out).toMatch(/VRID 51 IPv4 on br0: Active 192\.0\.2\.1 \(priority 200\)/);
    expect(out).toMatch(/took over from 192\.0\.2\.1, which was silent \([\d.]+ m?s; the RFC says .*\)/);
    expect(out).toContain('WARN tx.checksum.v4');
    expect(out).not.toContain('\x1b');
    expect([0, 3]).toContain(status);
    const metrics = await run('cat', join(folder, 'metrics.out'));
    expect(metrics.out).toContain('vrrp_active_routers{lan="br0",vrid="51",family="ipv4"} 1');
    expect(metrics.out).toContain('vrrp_active_changes_total{lan="br0",vrid="51",family="ipv4"} 1');
    expect(metrics.out).toContain('vrrp_frames_lost_total 0');
    const [capture] = await readdir(join(folder, 'ring'));
    const { observation } = await checkCapture(join(folder, 'ring', capture!));
    expect(observation.advertisements).toBeGreaterThan(0);
    expect(observation.interfaces[0]!.name).toBe('br0');
  }, 60_000);

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
