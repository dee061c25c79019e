import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Writes files into a folder that goes with the test: names to text. @returns their paths in that order */
export function writeFiles(files: Readonly<Record<string, string>>): readonly string[] {
  const folder = mkdtempSync(join(tmpdir(), 'rehearsal-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return Object.entries(files).map(([name, text]) => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  });
}

/** A vrrp_instance with usual values where nothing else is said; `more` stands in its block. */
export function instance({
  name = 'VI_1',
  interfaceName = 'eth0',
  vrid = 51,
  priority = 100,
  addresses = ['192.0.2.10/24'],
  more = '',
}: {
  readonly name?: string;
  readonly interfaceName?: string;
  readonly vrid?: number;
  readonly priority?: number;
  readonly addresses?: readonly string[];
  readonly more?: string;
} = {}): string {
  return `
vrrp_instance ${name} {
    interface ${interfaceName}
    virtual_router_id ${vrid}
    priority ${priority}
    ${more}
    virtual_ipaddress {
        ${addresses.join('\n        ')}
    }
}
`;
}
