import { KilnError } from '../errors.js';
import type { GateSeverity } from '../scans/severity.js';

/** `approval` holds every image, `inspection` those in which something is found. */
export const GATE_KINDS = ['approval', 'inspection'] as const;
export type GateKind = (typeof GATE_KINDS)[number];

/** What an image of a project has to pass before it is published. A rule that is null (or false) is not asked for. */
export interface GatePolicy {
  readonly kind: GateKind;
  /** How long a held build waits for a decision. */
  readonly expiry_seconds: number;
  /** Whether the token that started the build may not approve it. */
  readonly by_other: boolean;
  readonly max_compressed_bytes: number | null;
  /** Over the image that a destination's tag serves at that moment. */
  readonly max_growth_percent: number | null;
  readonly refuse_root: boolean;
  /** A vulnerability that is so bad or worse ends the build at the stage `scan`. */
  readonly fail_on_severity: GateSeverity | null;
  /** One that is so bad or worse is found, for a person to decide. */
  readonly hold_on_severity: GateSeverity | null;
}

/** What is to change of a gate; the rest stays. */
export type GateChange = { readonly [Field in keyof GatePolicy]?: GatePolicy[Field] | undefined };

export const GATE_EXPIRY_SECONDS = { least: 60, most: 30 * 86_400, built_in: 86_400 } as const;

/** The gate with what is to change; `invalid_request` for one that is new and does not say of which kind it is. */
export function changedGate(before: GatePolicy | null, change: GateChange): GatePolicy {
  const kind = change.kind ?? before?.kind;
  if (kind === undefined)
    throw new KilnError('invalid_request', {
      fields: [
        { field: 'gate.kind', message: 'required: the project has no gate yet (approval or inspection)' },
      ],
    });
  const {
    expiry_seconds = GATE_EXPIRY_SECONDS.built_in,
    by_other = false,
    max_compressed_bytes = null,
    max_growth_percent = null,
    refuse_root = false,
    fail_on_severity = null,
    hold_on_severity = null,
  } = { ...before, ...change };
  const rules = { max_compressed_bytes, max_growth_percent, refuse_root, fail_on_severity, hold_on_severity };
  return { kind, expiry_seconds, by_other, ...rules };
}
