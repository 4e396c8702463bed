import type { LeaseRef } from '../domain/dispatch/lease.js';
import type { InspectedImage } from '../domain/builds/outcome.js';
import type { GatePolicy } from '../domain/gates/gate-policy.js';
import type { GateRefusal } from '../domain/gates/judge-scans.js';
import type { GateDecision } from '../domain/gates/gate-status.js';
import type { Owner } from './dispatch.js';
import type { Build } from './records.js';
import type { TenantContext } from './stores.js';

/** A staged image before the gate of its build's project. */
export interface ImageAtGate {
  readonly owner: Owner;
  readonly gate: GatePolicy;
  readonly image: InspectedImage;
  readonly destinations: readonly string[];
}

/** The controller's side of gates. */
export interface Gatekeeper {
  /** What has to be judged before the build is published; null where there is no gate, or no image. */
  read(buildId: string): Promise<ImageAtGate | null>;
  /**
   * Lets the lease's build pass, or holds it: the lease is given back and the build queued again in the same transaction, where it waits
   * for a decision. With a refusal nobody is asked: `refused` says that the build is to end. `open: false` says that the row is to be asked: the build is held, or the lease is no longer its current one.
   */
  pass(
    lease: LeaseRef,
    findings: readonly string[],
    refusal?: GateRefusal | null,
  ): Promise<{ open: boolean; refused?: boolean }>;
}

/** The api's side of gates. */
export interface GateStore {
  /**
   * Writes a person's decision with its doorbell. The same decision again changes nothing; conflict after another one, after the expiry
   * or the end of the build; forbidden for who started a build that somebody else has to approve.
   */
  decide(
    tenant: TenantContext,
    decision: { readonly buildId: string; readonly decision: GateDecision; readonly why: string | null },
  ): Promise<Build>;
}
