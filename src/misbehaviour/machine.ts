import type { VirtualRouterParameters } from '../vrrp/parameters.ts';
import { compareAddresses } from '../wire/address.ts';
import type { Misbehaviour } from './misbehaviour.ts';
import { toldOtherwise } from './protocol.ts';
import { advertisements, announcements } from './rewrite.ts';

const NO_RELOAD = 'no router reads another configuration there';
const NO_MACHINE = 'there is no machine whose interfaces, parameters or configuration file could be neglected';
/** Advertisements that a router leaves out while it reads its configuration. */
const SILENT_AT_RELOAD = 6;

/** What is told otherwise from the first fault on that has ended. */
function afterFault(change: Partial<VirtualRouterParameters>): NonNullable<Misbehaviour['protocol']> {
  return (right) => {
    let hadFault = false;
    return toldOtherwise((_parameters, _state, input) => {
      hadFault ||= input?.kind === 'fault-ended';
      return hadFault ? change : {};
    })(right);
  };
}

/** Modified EUI-64 of a MAC address, with the prefix of link-local addresses (RFC 4291 §2.5.1, appendix A). */
function linkLocalOf([first = 0, second = 0, third = 0, ...rest]: Uint8Array): Uint8Array {
  return Uint8Array.from([0xfe, 0x80, 0, 0, 0, 0, 0, 0, first ^ 0x02, second, third, 0xff, 0xfe, ...rest]);
}

/** What routers forget when their configuration is read again, their link was lost, or somebody works on their machine. */
export const MACHINE: readonly Misbehaviour[] = [
  {
    name: 'preempts-after-fault',
    does: 'preempts after a fault though told not to',
    breaks: ['backup.no-preempt'],
    protocol: afterFault({ preempt: true }),
  },
  {
    name: 'no-preempt-delay-after-fault',
    does: 'preempts without its delay after a fault',
    breaks: ['backup.preempt'],
    // It shows where the delay is longer than the down timer: seconds, in version 2.
    only: { version: 3 },
    protocol: afterFault({ preemptDelayNs: 0 }),
  },
  {
    name: 'silent-at-reload',
    does: 'sends no advertisement for several intervals when it reads its configuration again',
    breaks: ['tx.period'],
    notInVirtualTime: NO_RELOAD,
    frames: () => {
      let former: number | undefined;
      let silent = 0;
      return advertisements((one) => {
        const { priority } = one;
        if (priority === 0) return one;
        if (former !== undefined && priority !== former) silent = SILENT_AT_RELOAD;
        former = priority;
        silent -= 1;
        return silent >= 0 ? undefined : one;
      });
    },
  },
  {
    name: 'announces-first-addresses',
    does: 'does not announce an address that a reload adds',
    breaks: ['boot.announce'],
    notInVirtualTime: NO_RELOAD,
    frames: () => {
      let first: readonly Uint8Array[] | undefined;
      const remember = advertisements((one) => {
        first ??= one.addresses;
        return one;
      });
      const announce = announcements((one) =>
        first?.some((address) => compareAddresses(address, one.address) === 0) === false ? undefined : one,
      );
      return (frame, sender) => remember(frame, sender).flatMap((one) => announce(one, sender));
    },
  },
  {
    name: 'no-start-up-delay',
    does: 'takes part at once though it is to wait when it starts',
    breaks: ['init.owner', 'init.backup'],
    // A scenario that writes a configuration word for word writes one.
    only: { version: 3, family: 'ipv4' },
    notInVirtualTime: NO_MACHINE,
    neglects: 'start-up-delay',
  },
  {
    name: 'no-sync-group',
    does: 'lets each virtual router of a sync group go its own way',
    breaks: ['tx.one-active'],
    only: { version: 3, family: 'ipv4' },
    notInVirtualTime: NO_MACHINE,
    neglects: 'sync-groups',
  },
  {
    name: 'link-set-down-unnoticed',
    does: 'does not notice that somebody set its virtual interface down',
    breaks: ['active.arp', 'active.ns'],
    notInVirtualTime: NO_MACHINE,
    neglects: 'virtual-interface',
  },
  {
    name: 'interface-made-anew-unnoticed',
    does: 'says nothing on an interface that was deleted and made anew',
    breaks: ['init.backup'],
    notInVirtualTime: NO_MACHINE,
    neglects: 'interface-made-anew',
  },
  {
    name: 'reverse-path-filter',
    does: "leaves the kernel's reverse path filter on, which discards what comes to the virtual MAC",
    breaks: ['active.forward', 'active.accept-owner'],
    // IPv6 has no such filter.
    only: { family: 'ipv4' },
    notInVirtualTime: NO_MACHINE,
    neglects: 'reverse-path-filter',
  },
  {
    name: 'interface-answers-too',
    does: 'lets its interface answer ARP for the virtual addresses beside the virtual MAC',
    breaks: ['active.arp-not-physical'],
    only: { family: 'ipv4' },
    notInVirtualTime: NO_MACHINE,
    neglects: 'arp-of-interface',
  },
  {
    name: 'link-local-of-virtual-mac',
    does: 'advertises from a link-local address that is derived from the virtual MAC',
    breaks: ['nd.iid', 'tx.src-ip.v6'],
    only: { family: 'ipv6' },
    frames: () => advertisements((one, { virtualMac }) => ({ ...one, source: linkLocalOf(virtualMac) })),
  },
];
