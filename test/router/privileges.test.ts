import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { programPath } from '../../src/linux/programs.ts';
import { endingWithUs } from '../child.ts';
import './needs-lan.ts';
import { buildLan } from './lan.ts';

const CONFIGURATION = `vrrp_instance VI {
interface eth0
virtual_router_id 51
version 3
priority 200
advert_int 0.1
use_vmac
virtual_ipaddress {
192.0.2.101
}
}
`;
const PRIVILEGES = [
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--inh-caps=-all,+net_admin,+net_raw',
  '--ambient-caps=-all,+net_admin,+net_raw',
  '--bounding-set=-all,+net_admin,+net_raw',
];

it('needs CAP_NET_ADMIN and CAP_NET_RAW, and no other privilege', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-privileges-'));
  chmodSync(folder, 0o755);
  const file = join(folder, 'k.conf');
  writeFileSync(file, CONFIGURATION);
  const lan = await buildLan();
  try {
    const node = lan.node('r1', ['192.0.2.1/24']);
    const router = endingWithUs(process.execPath, [programPath('router'), '-f', file], PRIVILEGES).flat();
    const child = spawn('nsenter', [`--net=${node.namespace.path}`, ...router], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.on('data', (data: Buffer) => {
      said += data.toString();
    });
    const ended = once(child, 'exit');
    const seen = await Promise.race([lan.until('an announcement', ({ arp }) => arp !== undefined), ended]);
    expect(said).not.toMatch(/EPERM|EACCES|error|cannot|goes on answering/);
    expect(seen).toMatchObject({ arp: { sender: '192.0.2.101', senderMac: '00:00:5e:00:01:33' } });
    child.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    expect(node.run('nft', 'list', 'ruleset')).toBe('');
    expect(node.run('ip', 'link')).not.toContain('vrrp.51');
  } finally {
    await lan.close();
    rmSync(folder, { recursive: true });
  }
});
