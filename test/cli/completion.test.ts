import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot, programPath } from '../../src/linux/programs.ts';

/** What the shell's script is told for a line: names, and whether files fit, too (0) or do not (4). */
function complete(...words: readonly string[]) {
  const lines = execFileSync(process.execPath, [programPath('cli'), 'complete', '--', ...words], {
    encoding: 'utf8',
    cwd: packageRoot(),
  });
  const parts = lines.trimEnd().split('\n');
  return { names: parts.slice(0, -1).map((line) => line.split('\t')[0]), directive: parts.at(-1) };
}

describe('vrrpbench complete', () => {
  it('offers the commands that begin so', () => {
    expect(complete('re').names).toEqual(['rehearse', 'report', 'requirements']);
    expect(complete('').names).toEqual(expect.arrayContaining(['run', 'check', 'failover', 'watch', 'lab']));
  });

  it("offers a command's options, and what they take", () => {
    expect(complete('run', '--ju').names).toEqual(['--junit']);
    expect(complete('run', '--stage', '').names).toEqual(['lab', 'virtual']);
    expect(complete('failover', '--fault=pow').names).toEqual(['power-off']);
    expect(complete('mutants', '--only', 'ttl').names).toEqual(['ttl-254']);
  });

  it('keeps what stands before the last comma of a list', () => {
    expect(complete('run', '--router', 'native,k')).toEqual({ names: ['native,keepalived'], directive: ':4' });
  });

  it('leaves it to the shell to offer files where no name fits', () => {
    expect(complete('lab', 'scenarios/pow')).toEqual({ names: [], directive: ':0' });
    expect(complete('check', join('captures', 'rec'))).toEqual({ names: [], directive: ':0' });
  });

  it('prints a script that bash can read, and that asks for files', () => {
    const script = execFileSync(process.execPath, [programPath('cli'), 'complete', 'bash'], { encoding: 'utf8' });
    execFileSync('bash', ['-n'], { input: script });
    expect(script).toContain('complete -o default -F __vrrpbench_complete vrrpbench');
  });
});
