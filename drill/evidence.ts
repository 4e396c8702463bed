import type { ClientEvent } from './client-history.js';
import type { Order } from './orders.js';

/** Times are milliseconds since 1970 with fractions; null: it has not happened. */
export interface BuildFacts {
  readonly id: string;
  readonly tenantId: string;
  readonly status: string;
  readonly resultStatus: string | null;
  readonly failureCode: string | null;
  readonly failureReason: string | null;
  readonly createdAtMs: number;
  readonly completedAtMs: number | null;
  readonly cancelRequestedAtMs: number | null;
  /** Before the first manifest was sent. */
  readonly publishBeganAtMs: number | null;
  readonly tagsBeganAtMs: number | null;
  readonly destinations: readonly string[];
  readonly tagsMoved: readonly string[];
  readonly digest: string | null;
  /** Of its image in staging, published or not; null: none was built. */
  readonly stagedDigest: string | null;
  readonly repository: string;
  readonly attemptCount: number;
  readonly cleanup: string;
  readonly isStagingKept: boolean;
  readonly firstBuildId: string | null;
}

export interface LeaseFacts {
  readonly buildId: string;
  readonly tenantId: string;
  readonly workerId: string;
  readonly attempt: number;
  readonly fence: number;
  readonly grantedAtMs: number;
  readonly acknowledgedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly endedReason: string | null;
}

export interface LogSum {
  readonly chunks: number;
  readonly lines: number;
  readonly bytes: number;
  readonly sha256: string | null;
}

export interface AttemptFacts {
  readonly buildId: string;
  readonly attempt: number;
  readonly workerId: string;
  readonly endedReason: string | null;
  readonly note: string | null;
  /** Null: not sealed. */
  readonly sealed: LogSum | null;
  readonly stored: LogSum;
  /** The lines that are stored. */
  readonly text: string;
}

export interface WorkerFacts {
  readonly id: string;
  readonly name: string;
  readonly slots: number;
  /** How many builds it counts. */
  readonly counted: number;
}

/** A fault that was carried out. */
export interface StrikeFacts {
  readonly number: number;
  /** Of the host that was hit; null: of what all need, or of everything. */
  readonly workerId: string | null;
  readonly fromMs: number;
  /** When the victim ran again. */
  readonly untilMs: number;
  /** Builds that the host has lost and that ran nowhere else while its supervisor was away. */
  readonly notElsewhere: readonly string[];
}

/** A host was put in quarantine. */
export interface QuarantineFacts {
  readonly workerId: string;
  readonly atMs: number;
  readonly reason: string;
}

/** An effect on the rows as the witness saw it, in the order of the transactions that made them. */
export interface Effect {
  readonly number: number;
  readonly kind: EffectKind;
  readonly buildId: string;
  readonly attempt: number | null;
  readonly atMs: number;
  /** Of a status: what it was before and is now. */
  readonly before: string | null;
  readonly after: string | null;
  /** Whether the lease of that attempt was valid and its fence the one of the build; null where an effect needs none. */
  readonly isHeld: boolean | null;
}

export type EffectKind =
  | 'accept'
  | 'status'
  | 'grant'
  | 'acknowledge'
  | 'log'
  | 'step'
  | 'outcome'
  | 'publication'
  | 'tag'
  | 'release'
  | 'message'
  | 'cleanup';

/** Everything that the checks judge. */
export interface Evidence {
  readonly history: readonly ClientEvent[];
  readonly orders: readonly Order[];
  readonly builds: readonly BuildFacts[];
  readonly leases: readonly LeaseFacts[];
  readonly attempts: readonly AttemptFacts[];
  readonly workers: readonly WorkerFacts[];
  /** How many builds of a tenant may run at once, where that is limited. */
  readonly tenantLimits: Readonly<Record<string, number>>;
  readonly keys: readonly { readonly key: string; readonly buildId: string }[];
  readonly effects: readonly Effect[];
  readonly strikes: readonly StrikeFacts[];
  readonly quarantines: readonly QuarantineFacts[];
  /** Messages that are still in the outbox. */
  readonly outbox: readonly {
    readonly buildId: string;
    readonly message: string;
    readonly lastError: string | null;
  }[];
  /** Ids of the workflows that are open. */
  readonly openWorkflows: readonly string[];
  /** What `image_tags` says. */
  readonly tags: readonly { readonly reference: string; readonly digest: string; readonly buildId: string }[];
  /** What the registry serves by reference, `repository:tag` or `repository@digest`; null: nothing. */
  readonly served: Readonly<Record<string, string | null>>;
  /** Tags that lie in staging, by build. */
  readonly staged: readonly { readonly buildId: string; readonly reference: string }[];
  /** Processes, folders and control groups of runs that are left. */
  readonly left: readonly {
    readonly kind: 'process' | 'folder' | 'control group';
    readonly what: string;
    readonly buildId: string;
  }[];
}

/** A promise that was not kept. */
export interface Violation {
  readonly promise: 'G1' | 'G2' | 'G3' | 'G4' | 'G5' | 'G6' | 'G7' | 'G8' | 'G9';
  /** Null where it is of no single build. */
  readonly buildId: string | null;
  readonly evidence: string;
}
