import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { programPath } from '../../src/linux/programs.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vrrpbench-config-test-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

interface Answer {
  readonly status: number | null;
  readonly output: string;
  readonly complaints: readonly string[];
}

/** What `--config-test` says of a configuration in a file of that name. */
function test(name: string, text: string, words: readonly string[] = []): Answer {
  const file = join(folder, name);
  writeFileSync(file, text);
  const program = [programPath('router'), '--config-test', '-f', file, ...words];
  const { status, stdout, stderr } = spawnSync(process.execPath, program, { encoding: 'utf8' });
  return {
    status,
    output: stdout.replaceAll(folder, ''),
    complaints: stderr
      .replaceAll(folder, '')
      .split('\n')
      .filter((line) => line !== ''),
  };
}

/** The configurations of keepalived's note on virtual MACs, with what differs between them. */
function ofNote(afterUseVmac: string, last: string): string {
  return `vrrp_instance instance1 {
	state BACKUP
	interface eth0
	virtual_router_id 250
	use_vmac
${afterUseVmac}	priority 150
	advert_int 1
	virtual_ipaddress {
		10.0.0.254
	}
${last}}
`;
}

/** Every setting that such a configuration has, in the order in which it is written. */
function effective(afterUseVmac: string, last: string): string {
  return `! /one.conf: 1 virtual routers

global_defs {
}

vrrp_instance instance1 {
    state BACKUP
    interface eth0
    virtual_router_id 250
    version 2
    priority 150
    advert_int 1
    down_timer_adverts 3
    preempt
    use_vmac vrrp.250
${afterUseVmac}    accept
    skip_check_adv_addr off
    lower_prio_no_advert off
    higher_prio_send_advert off
    garp_master_repeat 5
    garp_master_delay 5
    garp_master_refresh 0
    garp_master_refresh_repeat 1
    garp_lower_prio_repeat 5
    garp_lower_prio_delay 5
    virtual_ipaddress {
        10.0.0.254
    }
${last}    notify_priority_changes off
}
`;
}

const NOTE = [
  {
    kind: 'that advertises over the physical interface',
    text: ofNote('\tvmac_xmit_base         # Transmit VRRP adverts over physical interface\n', ''),
    wanted: effective('    vmac_xmit_base\n', ''),
  },
  {
    kind: 'with a script',
    text: ofNote('', '\tnotify_master "/usr/local/bin/vmac_tweak.sh vrrp.250"\n'),
    wanted: effective('', '    notify_master "/usr/local/bin/vmac_tweak.sh vrrp.250"\n'),
  },
];

describe('--config-test', () => {
  it.each(NOTE)('says every setting of the configuration of keepalived’s note $kind', ({ text, wanted }) => {
    expect(test('one.conf', text)).toMatchObject({ status: 0, output: wanted });
  });

  it.each([
    ...NOTE.map(({ kind, text }) => ({ kind: `of keepalived’s note ${kind}`, text, words: [] })),
    ...NOTE.map(({ kind, text }) => ({ kind: `of the note, by RFC 9568, ${kind}`, text, words: ['--rfc', '9568'] })),
    {
      kind: 'of two files, with words that stand for others',
      text: `$ID=51
global_defs {
  vrrp_garp_master_repeat 2
}
include further.inc
vrrp_instance V4 {
  interface eth0
  virtual_router_id $ID
  use_vmac
  virtual_ipaddress {
    192.0.2.101/24
  }
}
`,
      words: ['--rfc', '5798'],
    },
  ])('writes what means the same when it is fed back: a configuration $kind', ({ text, words }) => {
    const inner = 'version 3\nvirtual_ipaddress {\nfe80::51\n}\nrouter_advertisement {\nmtu 1400\n}\n';
    writeFileSync(join(folder, 'further.inc'), `vrrp_instance V6 {\ninterface eth0\nvirtual_router_id 51\n${inner}}\n`);
    const first = test('one.conf', text, words);
    expect(first.status).toBe(0);
    const second = test('two.conf', first.output);
    expect(second).toMatchObject({ status: 0, output: first.output.replace('/one.conf', '/two.conf') });
    expect(second.complaints).toEqual([]);
  });

  it('says by file and line what cannot be used, and writes nothing', () => {
    const { status, output, complaints } = test('one.conf', NOTE[0]!.text.replace('priority 150', 'priority 256'));
    expect({ status, output }).toEqual({ status: 2, output: '' });
    expect(complaints).toEqual([
      expect.stringMatching(/^\/one\.conf:7:11: priority needs a whole number from 1 to 255/),
    ]);
  });
});
