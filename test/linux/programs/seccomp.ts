// Runs a command line under a seccomp filter that refuses unshare(2) with EPERM, as Docker's default profile does.

import { spawnSync } from 'node:child_process';
import koffi from 'koffi';

const PR_SET_NO_NEW_PRIVS = 38;
const PR_SET_SECCOMP = 22;
const SECCOMP_MODE_FILTER = 2n;
const UNSHARE = process.arch === 'arm64' ? 97 : 272;
const EPERM = 1;

// Classic BPF: load the system call's number; if it is unshare answer EPERM, else allow.
const PROGRAM: readonly (readonly [code: number, ifTrue: number, ifFalse: number, value: number])[] = [
  [0x20, 0, 0, 0],
  [0x15, 0, 1, UNSHARE],
  [0x06, 0, 0, 0x00050000 | EPERM],
  [0x06, 0, 0, 0x7fff0000],
];

const prctl = koffi.load('libc.so.6').func('int prctl(int option, uint64_t a, uint64_t b, uint64_t c, uint64_t d)');

const filter = koffi.alloc('uint8_t', PROGRAM.length * 8);
const octets = new DataView(koffi.view(filter, PROGRAM.length * 8));
for (const [index, [code, ifTrue, ifFalse, value]] of PROGRAM.entries()) {
  octets.setUint16(index * 8, code, true);
  octets.setUint8(index * 8 + 2, ifTrue);
  octets.setUint8(index * 8 + 3, ifFalse);
  octets.setUint32(index * 8 + 4, value, true);
}
const description = koffi.alloc('uint8_t', 16);
const header = new DataView(koffi.view(description, 16));
header.setUint16(0, PROGRAM.length, true);
header.setBigUint64(8, koffi.address(filter), true);

if (
  prctl(PR_SET_NO_NEW_PRIVS, 1n, 0n, 0n, 0n) !== 0 ||
  prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, koffi.address(description), 0n, 0n) !== 0
) {
  throw new Error('the filter is refused');
}
const [program, ...words] = process.argv.slice(2);
process.exitCode = spawnSync(program!, words, { stdio: 'inherit' }).status ?? 1;
