import { z } from 'zod';
import { GATE_EXPIRY_SECONDS, GATE_KINDS, type GatePolicy } from '../domain/gates/gate-policy.js';
import { GATE_SEVERITIES } from '../domain/scans/severity.js';
import { GATE_STATUSES } from '../domain/gates/gate-status.js';

const timestamp = z.iso.datetime({ offset: true });

const fields = {
  kind: z
    .enum(GATE_KINDS)
    .describe('approval holds every image, inspection those in which one of the rules finds something'),
  expiry_seconds: z
    .int()
    .min(GATE_EXPIRY_SECONDS.least)
    .max(GATE_EXPIRY_SECONDS.most)
    .describe('how long a held build waits for a decision'),
  by_other: z.boolean().describe('whether the token that started the build may not approve it'),
  max_compressed_bytes: z.int().min(1).nullable(),
  max_growth_percent: z
    .number()
    .min(0)
    .max(100_000)
    .nullable()
    .describe('over the image that the tag of a destination serves at that moment, compressed'),
  refuse_root: z.boolean(),
  fail_on_severity: z
    .enum(GATE_SEVERITIES)
    .nullable()
    .describe('a vulnerability that is so bad or worse, and a scan that cannot be made, end the build'),
  hold_on_severity: z
    .enum(GATE_SEVERITIES)
    .nullable()
    .describe('a vulnerability that is so bad or worse, and a scan that cannot be made, are found'),
};

/** What an image of a project has to pass before it is published. A source cannot say anything about it. */
export const Gate = z.strictObject(fields);
export const GateChange = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'expected at least one field to change');
/** Does not compile when the schema and the type in the domain part. */
export const SAME_AS_DOMAIN: (gate: z.infer<typeof Gate>) => GatePolicy = (gate) => gate;

/** Where the image of a build stands at the gate of its project. */
export const BuildGate = z.strictObject({
  status: z.enum(GATE_STATUSES),
  manifest_digest: z.string().describe('the image that was judged, and that alone is published'),
  findings: z.array(z.string()).describe('what the rules of the gate have against it'),
  requested_at: timestamp,
  expires_at: timestamp.nullable(),
  decided_at: timestamp.nullable(),
  decided_by: z.string().nullable().describe('user and token of who approved or rejected'),
  why: z.string().nullable(),
});
export type BuildGate = z.infer<typeof BuildGate>;
