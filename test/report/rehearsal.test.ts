import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { rehearsalReport } from '../../src/report/rehearsal-json.ts';
import { rehearsalJsonSchema, rehearsalSchema } from '../../src/report/rehearsal-schema.ts';
import { surveyText } from '../../src/report/rehearsal-text.ts';
import { styleFor } from '../../src/report/style.ts';
import { readRehearsedRouters } from '../../src/scenario/rehearsal/routers.ts';
import { surveyOf } from '../../src/scenario/rehearsal/survey.ts';
import { instance, writeFiles } from '../scenario/rehearsal/files.ts';

describe('the report of what configurations tell', () => {
  const report = () =>
    rehearsalReport(
      surveyOf(
        readRehearsedRouters(
          writeFiles({ 'r1.conf': instance({ priority: 150 }), 'r2.conf': instance({ more: 'version 3' }) }),
        ),
      ),
    );

  it('is as its published schema says', async () => {
    expect(() => rehearsalSchema.parse(report())).not.toThrow();
    const published: unknown = JSON.parse(await readFile('docs/schema/rehearsal.json', 'utf8'));
    expect(published, 'run: make schemas').toEqual(JSON.parse(JSON.stringify(rehearsalJsonSchema())));
  });

  it('names LANs, virtual routers, and each conflict with its places', () => {
    const text = surveyText(report(), styleFor({}), undefined);
    expect(text).toContain('LAN eth0: r1 eth0, r2 eth0 (both have 192.0.2.10)');
    expect(text).toContain('VRID 51 ipv4: r1 150, r2 100; 192.0.2.10');
    expect(text).toMatch(/FAIL {2}VRID 51 ipv4 on eth0: the version differs: 2 on r1, 3 on r2\n.+\n.+r1\.conf:2:15/);
  });

  it('fits a terminal of 80 columns but for names of files', () => {
    const lines = surveyText(report(), styleFor({}), 80).split('\n');
    expect(lines.filter((line) => line.length > 80 && !line.includes('.conf'))).toEqual([]);
  });
});
