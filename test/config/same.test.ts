import { expect, it } from 'vitest';
import { filesOnDisk } from '../../src/config/load.ts';
import { parseConfiguration } from '../../src/config/parse.ts';
import { saysTheSame } from '../../src/config/same.ts';

const TEXT = `vrrp_script s {
  script "/bin/true one two"
  interval 0.5
  weight -20
}
track_process p {
  process sleep
}
vrrp_instance VI {
  interface eth0
  virtual_router_id 51
  priority 120
  use_vmac
  notify_master "/bin/true" root
  track_script {
    s
  }
  track_process {
    p
  }
  virtual_ipaddress {
    192.0.2.101/24
    192.0.2.102
  }
  virtual_routes {
    10.0.0.0/8 via 192.0.2.9
  }
}
`;

function read(text: string): unknown {
  const result = parseConfiguration(text, { file: 'a.conf', files: filesOnDisk });
  if (!result.ok) throw new Error(JSON.stringify(result.errors));
  return result.configuration;
}

it('is the same on other lines, and as JSON', () => {
  expect(saysTheSame(read(TEXT), read(`! moved\n\n${TEXT}`))).toBe(true);
  expect(JSON.parse(JSON.stringify(read(TEXT)))).toEqual(read(TEXT));
});

it.each([
  ['priority 120', 'priority 121'],
  ['192.0.2.102', '192.0.2.103'],
  ['192.0.2.102', ''],
  ['use_vmac', ''],
  ['via 192.0.2.9', 'via 192.0.2.8'],
  ['one two', 'one'],
])('is another with %j as %j', (before, after) => {
  expect(saysTheSame(read(TEXT), read(TEXT.replace(before, after)))).toBe(false);
});
