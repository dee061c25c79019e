/** A test of the University of New Hampshire's VRRP Operations Test Suite, and the scenarios that do the same here. */
export interface PublicTest {
  readonly number: string;
  readonly subject: string;
  readonly scenarios: readonly string[];
}

const test = (number: string, subject: string, ...scenarios: readonly string[]): PublicTest => ({
  number,
  subject,
  scenarios,
});

/** Its 22 tests (revision 2.5, written for version 2); the scenarios are played for version 3 too, where it has the field. */
export const PUBLIC_TESTS: readonly PublicTest[] = [
  test('1.1', 'basic interoperability', 'both-start', 'with-keepalived-above', 'with-frr-above'),
  test('1.2', 'advanced interoperability', 'interop-tie-break', 'with-keepalived-below', 'with-frr-below'),
  test('2.1', 'Initialize', 'init-owner', 'init-backup'),
  test('2.2', 'packets to a Backup', 'answers-for-addresses', 'forwards-for-virtual-mac', 'accepts'),
  test('2.3', 'the Backup takes over', 'backup-takeover', 'power-off'),
  test('2.4', 'advertisements to a Backup', 'backup-silent', 'backup-priority-zero', 'backup-equal-priority'),
  test('2.5', 'packets to the Active router', 'answers-for-addresses', 'forwards-for-virtual-mac', 'accepts-not'),
  test('2.6', 'shutdown of the Active router', 'active-shutdown', 'graceful-stop'),
  test(
    '2.7',
    'advertisements to the Active router',
    'active-yield-priority',
    'active-yield-tie',
    'active-priority-zero',
  ),
  test('3.1', 'Advertisement_Interval', 'rx-interval-mismatch-v2', 'rx-interval-differs', 'interop-learn-interval'),
  test('3.2', 'Skew_Time', 'backup-priority-zero', 'backup-takeover'),
  test('3.3', 'Master_Down_Interval', 'init-backup', 'backup-takeover'),
  test('3.4', 'Preempt_Mode', 'backup-preempt', 'backup-no-preempt', 'backup-no-preempt-owner', 'no-preemption'),
  test('4.1', 'invalid TTL', 'rx-ttl'),
  test('4.2', 'invalid version', 'rx-version'),
  test('4.3', 'invalid length', 'rx-length-addresses', 'rx-length-header'),
  test('4.4', 'invalid checksum', 'rx-checksum'),
  test('4.5', 'invalid VRID', 'rx-vrid'),
  test('4.6', 'invalid authentication type', 'rx-authentication-type'),
  test('4.7', 'invalid interval', 'rx-interval-mismatch-v2', 'rx-interval-zero'),
  test('4.8', 'invalid type', 'rx-type'),
  test('4.9', 'proper transmission', 'init-backup', 'backup-takeover'),
];
