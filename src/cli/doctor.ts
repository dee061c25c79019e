import type { Capability } from '../linux/capability.ts';
import { canRunLabs, examineHost } from '../linux/doctor.ts';
import { examineInside } from '../linux/doctor-inside.ts';

/** Exit status where labs cannot run here. */
const NOTHING_CAN_RUN = 3;

function describe(capability: Capability, width: number): string {
  const mark = capability.available ? 'yes' : capability.needed ? 'NO ' : 'no ';
  const cure = capability.available ? '' : ` -> ${capability.cure}`;
  return `${mark}  ${capability.name.padEnd(width)}  ${capability.why}${cure}`;
}

/** `vrrpbench doctor`: what this host can do, one line each, with the cure for what it cannot. */
export async function doctor(options: { readonly json?: boolean; readonly inside?: boolean }): Promise<void> {
  if (options.inside) {
    process.stdout.write(JSON.stringify(examineInside()));
    return;
  }
  const capabilities = await examineHost();
  const labs = canRunLabs(capabilities);
  process.exitCode = labs ? 0 : NOTHING_CAN_RUN;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ labs, capabilities }, null, 2)}\n`);
    return;
  }
  const width = Math.max(...capabilities.map((capability) => capability.name.length));
  for (const capability of capabilities) process.stdout.write(`${describe(capability, width)}\n`);
  const verdict = labs
    ? 'Labs can run on this machine.'
    : 'Labs cannot run on this machine. Captures can be checked (vrrpbench check) and scenarios simulated.';
  process.stdout.write(`\n${verdict}\n`);
}
