import { z } from 'zod';
import { RUN_NETWORKS, type AskedResources } from '../domain/builds/resources.js';
import { LIMITS } from '../domain/limits/limit-table.js';
import { parseQuantity, rangeProblem } from '../domain/limits/limit-units.js';

const AMOUNT = 'Write bytes, or a number with a unit: 500MB, 2GiB.';
const { floor: LEAST_MILLI, ceiling: MOST_MILLI } = LIMITS.cpu_max_milli;
const CPUS = `A number of CPUs, such as 2 or 1.5, from ${LEAST_MILLI / 1000} to ${MOST_MILLI / 1000}.`;
const PIDS = `A whole number from ${LIMITS.max_pids.floor} to ${LIMITS.max_pids.ceiling}.`;

/** What a build may be given of its host, as people write it. Each part is decided by itself. */
export const Resources = z
  .strictObject({
    memory: z
      .union([z.int(), z.string()], AMOUNT)
      .superRefine((given, context) => {
        const bytes = bytesOf(given);
        const problem = Number.isNaN(bytes) ? AMOUNT : rangeProblem('memory_max_bytes', bytes);
        if (problem !== null) context.addIssue({ code: 'custom', message: problem });
      })
      .describe('Memory of all processes together: bytes, or 500MB, 2GiB'),
    cpus: z
      .number(CPUS)
      .min(LEAST_MILLI / 1000, CPUS)
      .max(MOST_MILLI / 1000, CPUS)
      .describe('CPUs, also parts of one: 1.5'),
    pids: z
      .int(PIDS)
      .min(LIMITS.max_pids.floor, PIDS)
      .max(LIMITS.max_pids.ceiling, PIDS)
      .describe('Processes and threads at a time'),
    network: z
      .enum(RUN_NETWORKS, `The network of RUN steps is one of ${RUN_NETWORKS.join(', ')}.`)
      .describe(
        'Network of RUN steps: none; egress, the outside alone; host, all that the build host reaches, for trusted projects; or default, what the build host gives',
      ),
  })
  .partial()
  .describe('What the build is given of its host; the limits of the project unless set, and never more');
export type Resources = z.output<typeof Resources>;

/** The same under the names of the records. */
export function askedResources({ memory, cpus, pids, network }: Resources): AskedResources {
  return {
    ...(memory === undefined ? {} : { memory_bytes: bytesOf(memory) }),
    ...(cpus === undefined ? {} : { cpu_milli: milliOf(cpus) }),
    ...(pids === undefined ? {} : { pids }),
    ...(network === undefined ? {} : { network }),
  };
}

function bytesOf(given: number | string): number {
  if (typeof given === 'number') return given;
  const parsed = parseQuantity('bytes', given);
  return 'value' in parsed ? parsed.value : NaN;
}

function milliOf(cpus: number): number {
  return Math.round(cpus * 1000);
}
