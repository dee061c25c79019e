import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import { errnoOf, LinuxError } from './libc.ts';
import { inNamespace, type Namespace } from './namespace.ts';

/** Where IP protocols have settings of their own for each interface. */
export type InterfaceFamily = 'ipv4' | 'ipv6';

/**
 * The name of an interface's setting: `net/ipv4/conf/vrrp.51/arp_ignore`. With slashes, because names of interfaces may
 * hold dots.
 */
export function interfaceSysctl(family: InterfaceFamily, interfaceName: string, setting: string): string {
  return `net/${family}/conf/${interfaceName}/${setting}`;
}

function sysctlPath(name: string): string {
  // As sysctl(8) has it: where a slash separates, dots are part of the names.
  const parts = name.includes('/') ? name.split('/') : name.split('.');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) throw new Error(`not a sysctl: '${name}'`);
  return `/proc/sys/${parts.join('/')}`;
}

function failWith(error: unknown, context: string): never {
  const { code = 'EIO', syscall = 'open' } = error as NodeJS.ErrnoException;
  throw new LinuxError(syscall, errnoOf(code), context);
}

const buffer = Buffer.alloc(4096);

/** Opens a setting, and closes it after `work`; undefined where there is none. */
function withSetting<Result>(
  name: string,
  flags: 'r' | 'r+',
  context: string,
  work: (fd: number) => Result,
): Result | undefined {
  const path = sysctlPath(name);
  let fd: number;
  try {
    fd = openSync(path, flags);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    return failWith(error, context);
  }
  try {
    return work(fd);
  } catch (error) {
    return failWith(error, context);
  } finally {
    closeSync(fd);
  }
}

function readValue(fd: number): string {
  return buffer.toString('utf8', 0, readSync(fd, buffer, 0, buffer.length, 0)).trimEnd();
}

function read(name: string): string | undefined {
  return withSetting(name, 'r', `read the sysctl ${name}`, readValue);
}

function write(name: string, value: string | number): string | undefined {
  return withSetting(name, 'r+', `set the sysctl ${name} to ${value}`, (fd) => {
    const former = readValue(fd);
    if (former !== String(value)) writeSync(fd, String(value), 0);
    return former;
  });
}

/**
 * A kernel setting of the namespace: `net.ipv4.ip_forward`, or with slashes where a part holds dots
 * (`interfaceSysctl`). Undefined where there is none (no such interface, no such setting in this kernel).
 * @throws LinuxError
 */
export function readSysctl(namespace: Namespace, name: string): string | undefined {
  return inNamespace(namespace, () => read(name));
}

/**
 * Sets one, and returns its former value; undefined where there is none, and nothing was set.
 * @throws LinuxError: EACCES, EROFS (/proc/sys is read-only in many containers), EINVAL for the value
 */
export function writeSysctl(namespace: Namespace, name: string, value: string | number): string | undefined {
  return inNamespace(namespace, () => write(name, value));
}

/**
 * Sets several in one go, and returns the former values of those that there are: handed to this function again, they
 * restore what was.
 * @throws LinuxError
 */
export function writeSysctls(
  namespace: Namespace,
  values: Readonly<Record<string, string | number>>,
): Record<string, string> {
  return inNamespace(namespace, () => {
    const former: Record<string, string> = {};
    for (const [name, value] of Object.entries(values)) {
      const before = write(name, value);
      if (before !== undefined) former[name] = before;
    }
    return former;
  });
}
