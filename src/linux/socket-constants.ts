// Numbers of the kernel's socket interface that several kinds of socket need; each kind's own stand with it.

export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const SOL_SOCKET = 1;
export const SO_RCVBUF = 8;
export const MSG_DONTWAIT = 0x40;
