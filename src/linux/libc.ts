import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';
import { SOL_SOCKET } from './socket-constants.ts';

// The C library's functions that the rest of this room calls, typed. The process's own symbols are used, so that the
// same code runs with glibc and with musl. Everything here is one call to C; meaning is added by the other files.

const libc = koffi.load(null);

koffi.alias('ssize_t', 'intptr_t');

/** Memory handed to the kernel: an array over an ArrayBuffer of its own (`nativeBuffer`), or a Buffer. */
export type NativeBytes = Uint8Array;

type Int = number;
/** An address in native memory, or bytes whose address is passed, or nothing. */
export type Pointer = bigint | NativeBytes | null;

function bind<Arguments extends unknown[], Result>(declaration: string): (...values: Arguments) => Result {
  return libc.func(declaration) as unknown as (...values: Arguments) => Result;
}

/** A function bound for libuv's pool: the callback gets its result, and no errno. */
function bindAsync<Arguments extends unknown[], Result>(
  declaration: string,
): (...values: [...Arguments, (error: unknown, result: Result) => void]) => void {
  return libc.func(declaration).async as unknown as (
    ...values: [...Arguments, (error: unknown, result: Result) => void]
  ) => void;
}

export const c = {
  close: bind<[Int], Int>('int close(int fd)'),
  closeAsync: bindAsync<[Int], Int>('int close(int fd)'),
  open: bind<[string, Int, Int], Int>('int open(const char *path, int flags, int mode)'),
  read: bind<[Int, Pointer, Int], Int>('ssize_t read(int fd, void *buffer, size_t size)'),
  socket: bind<[Int, Int, Int], Int>('int socket(int domain, int type, int protocol)'),
  bind: bind<[Int, Pointer, Int], Int>('int bind(int fd, const void *address, uint32_t size)'),
  listen: bind<[Int, Int], Int>('int listen(int fd, int backlog)'),
  connect: bind<[Int, Pointer, Int], Int>('int connect(int fd, const void *address, uint32_t size)'),
  accept4: bind<[Int, Pointer, Pointer, Int], Int>('int accept4(int fd, void *address, void *size, int flags)'),
  getsockname: bind<[Int, Pointer, Pointer], Int>('int getsockname(int fd, void *address, void *size)'),
  setsockopt: bind<[Int, Int, Int, Pointer, Int], Int>(
    'int setsockopt(int fd, int level, int name, const void *value, uint32_t size)',
  ),
  getsockopt: bind<[Int, Int, Int, Pointer, Pointer], Int>(
    'int getsockopt(int fd, int level, int name, void *value, void *size)',
  ),
  sendto: bind<[Int, Pointer, Int, Int, Pointer, Int], Int>(
    'ssize_t sendto(int fd, const void *bytes, size_t size, int flags, const void *address, uint32_t addressSize)',
  ),
  sendtoAsync: bindAsync<[Int, Pointer, Int, Int, Pointer, Int], Int>(
    'ssize_t sendto(int fd, const void *bytes, size_t size, int flags, const void *address, uint32_t addressSize)',
  ),
  sendmsg: bind<[Int, Pointer, Int], Int>('ssize_t sendmsg(int fd, const void *message, int flags)'),
  sendmmsg: bind<[Int, Pointer, Int, Int], Int>('int sendmmsg(int fd, void *messages, unsigned int count, int flags)'),
  recv: bind<[Int, Pointer, Int, Int], Int>('ssize_t recv(int fd, void *buffer, size_t size, int flags)'),
  recvmmsg: bind<[Int, Pointer, Int, Int, Pointer], Int>(
    'int recvmmsg(int fd, void *messages, unsigned int count, int flags, void *timeout)',
  ),
  ioctl: bind<[Int, Int, Pointer], Int>('int ioctl(int fd, unsigned long request, void *argument)'),
  clockGettime: bind<[Int, Pointer], Int>('int clock_gettime(int clock, void *time)'),
  timerfdCreate: bind<[Int, Int], Int>('int timerfd_create(int clock, int flags)'),
  timerfdSettime: bind<[Int, Int, Pointer, Pointer], Int>(
    'int timerfd_settime(int fd, int flags, const void *value, void *former)',
  ),
  unshare: bind<[Int], Int>('int unshare(int flags)'),
  setns: bind<[Int, Int], Int>('int setns(int fd, int type)'),
  mount: bind<[string | null, string, string | null, Int, string | null], Int>(
    'int mount(const char *source, const char *target, const char *type, unsigned long flags, const char *data)',
  ),
  umount2: bind<[string, Int], Int>('int umount2(const char *target, int flags)'),
  prctl: bind<[Int, Int, Int, Int, Int], Int>(
    'int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)',
  ),
  waitid: bind<[Int, Int, Pointer, Int], Int>('int waitid(int kind, int id, void *info, int options)'),
  posixSpawnAsync: bindAsync<[Pointer, string, Pointer, Pointer, (string | null)[], (string | null)[]], Int>(
    'int posix_spawn(void *pid, const char *path, const void *actions, const void *attributes, const char **arguments, const char **environment)',
  ),
  spawnActionsInit: bind<[Pointer], Int>('int posix_spawn_file_actions_init(void *actions)'),
  spawnActionsDestroy: bind<[Pointer], Int>('int posix_spawn_file_actions_destroy(void *actions)'),
  spawnActionsDuplicate: bind<[Pointer, Int, Int], Int>(
    'int posix_spawn_file_actions_adddup2(void *actions, int fd, int wanted)',
  ),
  spawnAttributesInit: bind<[Pointer], Int>('int posix_spawnattr_init(void *attributes)'),
  spawnAttributesDestroy: bind<[Pointer], Int>('int posix_spawnattr_destroy(void *attributes)'),
  spawnAttributesFlags: bind<[Pointer, Int], Int>('int posix_spawnattr_setflags(void *attributes, short flags)'),
  spawnAttributesDefaultSignals: bind<[Pointer, Pointer], Int>(
    'int posix_spawnattr_setsigdefault(void *attributes, const void *signals)',
  ),
  spawnAttributesSignalMask: bind<[Pointer, Pointer], Int>(
    'int posix_spawnattr_setsigmask(void *attributes, const void *signals)',
  ),
  memfdCreate: bind<[string, Int], Int>('int memfd_create(const char *name, unsigned int flags)'),
  mkfifo: bind<[string, Int], Int>('int mkfifo(const char *path, int mode)'),
  syscall: bind<[Int, Int, Int], Int>('long syscall(long number, long first, long second)'),
  waitpid: bind<[Int, Pointer, Int], Int>('int waitpid(int pid, void *status, int options)'),
  schedSetscheduler: bind<[Int, Int, Pointer], Int>(
    'int sched_setscheduler(int pid, int policy, const void *parameter)',
  ),
  schedGetscheduler: bind<[Int], Int>('int sched_getscheduler(int pid)'),
  schedSetaffinity: bind<[Int, Int, Pointer], Int>('int sched_setaffinity(int pid, size_t size, const void *mask)'),
  schedGetaffinity: bind<[Int, Int, Pointer], Int>('int sched_getaffinity(int pid, size_t size, void *mask)'),
  gettid: bind<[], Int>('int gettid()'),
  mlockall: bind<[Int], Int>('int mlockall(int flags)'),
  abort: bind<[], void>('void abort()'),
  strerror: bind<[Int], string>('const char *strerror(int number)'),
} as const;

/** A system call that the kernel refused. */
export class LinuxError extends Error {
  override readonly name = 'LinuxError';
  /** The call as the kernel knows it: `setns`, `socket`, `rtnetlink`. */
  readonly syscall: string;
  readonly errno: number;
  /** The name of `errno`: `EPERM`. */
  readonly code: string;
  /** What was being done, in words: `create the network namespace r1`. */
  readonly context: string;

  constructor(syscall: string, errno: number, context: string, detail?: string) {
    const code = errnoName(errno);
    super(`cannot ${context}: ${syscall}: ${detail ? `${detail} ` : ''}(${code}, ${c.strerror(errno)})`);
    this.syscall = syscall;
    this.errno = errno;
    this.code = code;
    this.context = context;
  }
}

/** The name of an error number, `EPERM`; `errno 4711` where it has none. */
export function errnoName(errno: number): string {
  try {
    return getSystemErrorName(-errno);
  } catch {
    return Object.entries(koffi.os.errno).find(([, value]) => value === errno)?.[0] ?? `errno ${errno}`;
  }
}

/** The number of an error name, as `EPERM`. */
export function errnoOf(name: string): number {
  return koffi.os.errno[name] ?? 0;
}

export const EAGAIN = errnoOf('EAGAIN');
export const EINTR = errnoOf('EINTR');
export const ENOBUFS = errnoOf('ENOBUFS');
export const ENETDOWN = errnoOf('ENETDOWN');

/** The error number of the call made last on this thread; valid only directly after it. */
export function lastErrno(): number {
  return koffi.errno();
}

/**
 * Passes on the result of a system call, or throws when it is negative.
 * @param context what was being done, in words that follow 'cannot'; a function where making the words costs
 * @throws LinuxError
 */
export function check(result: number, syscall: string, context: string | (() => string)): number {
  if (result < 0) {
    const errno = koffi.errno();
    throw new LinuxError(syscall, errno, typeof context === 'string' ? context : context());
  }
  return result;
}

/** Memory that never moves, so that its address may be written into structures for the kernel. Zeroed. */
export function nativeBuffer(size: number): Uint8Array<ArrayBuffer> {
  // A small typed array made directly lives on V8's heap and is moved by the garbage collector; this one does not.
  return new Uint8Array(new ArrayBuffer(size));
}

/** The address of bytes made by `nativeBuffer`, valid as long as the caller holds them. */
export function addressOf(bytes: Uint8Array): bigint {
  return koffi.address(bytes);
}

/** Closes a descriptor; a number that is no longer open is a fault of the caller and throws. */
export function closeDescriptor(fd: number): void {
  check(c.close(fd), 'close', `close descriptor ${fd}`);
}

const optionValue = nativeBuffer(4);
const optionView = new DataView(optionValue.buffer);

/**
 * Sets a socket option whose value is an int.
 * @throws LinuxError
 */
export function setOption(fd: number, level: number, name: number, value: number, context: string): void {
  optionView.setInt32(0, value, true);
  check(c.setsockopt(fd, level, name, optionValue, 4), 'setsockopt', context);
}

const SO_ERROR = 4;
const optionSize = nativeBuffer(4);
const optionSizeView = new DataView(optionSize.buffer);

/** Reads and clears a socket's pending error (SO_ERROR); 0 where there is none or the descriptor is no socket. */
export function takeSocketError(fd: number): number {
  optionSizeView.setUint32(0, 4, true);
  if (c.getsockopt(fd, SOL_SOCKET, SO_ERROR, optionValue, optionSize) < 0) return 0;
  return optionView.getInt32(0, true);
}
