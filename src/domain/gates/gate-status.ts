/** build_gates.gate_status: where the image of a build stands at the gate of its project. Only `held` changes, once. */
export const GATE_STATUS = {
  passed: { label: 'passed', tone: 'good' },
  held: { label: 'held', tone: 'warn' },
  approved: { label: 'approved', tone: 'good' },
  rejected: { label: 'rejected', tone: 'bad' },
  expired: { label: 'expired', tone: 'bad' },
  /** By what a scan has found, or since none could be made; no person was asked. */
  refused: { label: 'refused', tone: 'bad' },
  /** The build ended, by a cancel or otherwise, before anybody decided. */
  withdrawn: { label: 'withdrawn', tone: 'muted' },
} as const;

export type GateStatus = keyof typeof GATE_STATUS;
export const GATE_STATUSES = Object.keys(GATE_STATUS) as [GateStatus, ...GateStatus[]];

/** What a person may say of a held build. */
export type GateDecision = 'approved' | 'rejected';

/** Whether an image with this status may be published. */
export function isOpen(status: GateStatus): boolean {
  return status === 'passed' || status === 'approved';
}
