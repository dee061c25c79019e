import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { afterAll, describe, expect, it } from 'vitest';
import { CaptureFileError, readCaptureFile } from '../../src/capture/file.ts';
import { octets, pcap } from './build.ts';
import { collect, collector, recordedCaptures } from './collect.ts';

const folder = mkdtempSync(join(tmpdir(), 'vrrpbench-capture-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const recorded = recordedCaptures[0]!;
const whole = collect(readFileSync(recorded));

function put(name: string, content: Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function read(path: string) {
  const collected = collector();
  const end = await readCaptureFile(path, collected.sink);
  return { frames: collected.frames, end };
}

describe('a capture file', () => {
  it('is read whole', async () => {
    const { frames, end } = await read(recorded);
    expect(frames).toEqual(whole.frames);
    expect(end).toEqual(whole.end);
  });

  it('that is larger than any buffer is read whole', async () => {
    const many = Array.from({ length: 40_000 }, (_, index) => ({
      seconds: 1_795_337_858 + index,
      fraction: index,
      bytes: octets(14 + (index % 100), index),
    }));
    const large = pcap({ littleEndian: true }, many);
    const { frames, end } = await read(put('large.pcap', large));
    expect(large.length).toBeGreaterThan(2 << 20);
    expect(end).toMatchObject({ frames: 40_000, complete: true });
    expect(frames).toEqual(collect(large).frames);
  });

  it('that is packed with gzip is read whole, whatever its name', async () => {
    const { frames, end } = await read(put('packed.pcap', gzipSync(readFileSync(recorded))));
    expect(frames).toEqual(whole.frames);
    expect(end).toMatchObject({ complete: true, compression: 'gzip', format: 'pcap' });
  });

  it('whose archive is cut gives what could be unpacked and says so', async () => {
    const packed = gzipSync(readFileSync(recorded));
    const { frames, end } = await read(put('cut.pcap.gz', packed.subarray(0, packed.length / 2)));
    expect(frames.length).toBeGreaterThan(10);
    expect(frames).toEqual(whole.frames.slice(0, frames.length));
    expect(end).toMatchObject({ complete: false, compression: 'gzip', problem: { frame: frames.length + 1 } });
    expect(end.problem?.message).toContain('gzip archive is broken');
  });

  it('whose archive holds damage is read as far as it goes', async () => {
    const packed = gzipSync(readFileSync(recorded));
    const middle = Math.floor(packed.length / 2);
    packed.fill(0x55, middle, middle + 64);
    const { frames, end } = await read(put('damaged.pcap.gz', packed));
    expect(frames).toEqual(whole.frames.slice(0, frames.length));
    expect(end.complete).toBe(false);
  });

  it('whose content breaks early inside a large archive ends at once', async () => {
    const noise = Buffer.concat([readFileSync(recorded), Buffer.alloc(16 << 20, 0xff)]);
    const { frames, end } = await read(put('noise.pcap.gz', gzipSync(noise)));
    expect(frames).toEqual(whole.frames);
    expect(end.problem?.offset).toBe(readFileSync(recorded).length);
  });

  it('that is empty says so', async () => {
    const { end } = await read(put('empty.pcap', new Uint8Array(0)));
    expect(end.problem?.message).toBe('the capture is empty');
  });

  it('that is not there is an error that names it', async () => {
    await expect(read(join(folder, 'absent.pcap'))).rejects.toThrow(/absent\.pcap: there is no such file/);
    await expect(read(join(folder, 'absent.pcap'))).rejects.toBeInstanceOf(CaptureFileError);
  });

  it('that is a folder is an error that says so', async () => {
    await expect(read(folder)).rejects.toThrow(/this is a folder/);
  });
});

describe('standard input', () => {
  const program = join(folder, 'count.mjs');
  const source = fileURLToPath(new URL('../../src/capture/file.ts', import.meta.url));
  const contents = `
    import { readCaptureFile } from ${JSON.stringify(source)};
    const end = await readCaptureFile(process.argv[2], { origin() {}, interface() {}, frame() {} });
    console.log(JSON.stringify({ frames: end.frames, complete: end.complete, compression: end.compression }));`;
  const built = build({
    stdin: { contents, resolveDir: folder },
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
  });

  async function shell(command: string): Promise<unknown> {
    await built;
    const { stdout } = await promisify(execFile)('bash', ['-c', command, 'bash', program, recorded]);
    return JSON.parse(stdout);
  }

  const expected = { frames: whole.frames.length, complete: true, compression: 'none' };

  it('is read from a pipe', async () => {
    expect(await shell('cat "$2" | node "$1" -')).toEqual(expected);
  });

  it('is read from a pipe that is slow and packed', async () => {
    const slowly = '(head -c 1; sleep 0.1; cat)';
    expect(await shell(`gzip -c "$2" | ${slowly} | node "$1" -`)).toEqual({ ...expected, compression: 'gzip' });
  });

  it('is read from a file', async () => {
    expect(await shell('node "$1" - < "$2"')).toEqual(expected);
  });

  it('is read by the name that a shell substitutes', async () => {
    expect(await shell('node "$1" <(cat "$2")')).toEqual(expected);
  });
});
