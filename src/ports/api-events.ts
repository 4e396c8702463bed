/** What the api tells about itself: one function per event; each counts and, where worth a line, logs. */
export interface ApiEvents {
  requestServed(event: RequestServed): void;
  /** Something was thrown that no error code foresees, or a response did not match its schema. */
  requestFailed(event: { requestId: string; operation: string; error: unknown; detail: string | null }): void;
  buildAccepted(event: { buildId: string; project: string; method: string; created: boolean }): void;
  /** The workflow was not started right after the commit; the relay of the outbox starts it. */
  buildStartDeferred(event: { buildId: string; error: unknown }): void;
  cancelRequested(event: { buildId: string }): void;
  cancelSignalDeferred(event: { buildId: string; error: unknown }): void;
  /** A person has approved or rejected a held build. */
  gateDecided(event: { buildId: string; decision: string }): void;
  decisionSignalDeferred(event: { buildId: string; error: unknown }): void;
  pruneRequested(event: { pruneId: string }): void;
  /** The workflow was not started right after the commit; the controller starts it. */
  pruneStartDeferred(event: { pruneId: string; error: unknown }): void;
  /** Contents of build contexts have arrived, whole or a piece of one. */
  contentsArrived(event: { contents: number; sizeBytes: number }): void;
  /** Bytes of a content were to be read and are `missing`, or not those that were stored (`changed`). */
  contentLost(event: { tenantId: string; sha256: string; what: 'missing' | 'changed' }): void;
  /** `kind` is `secret` or that of a credential, `name` its name or host. */
  secretStored(event: SecretEvent): void;
  secretRemoved(event: SecretEvent): void;
  /** Somebody has added or removed a worker, or said whether it takes builds. */
  workerChanged(event: { worker: string; what: string; userId: string | null }): void;
  /** Somebody has added, changed, removed or backfilled a schedule. */
  scheduleChanged(event: { scheduleId: string; what: string }): void;
  /** Somebody has added, changed, rotated or removed a target of notifications. */
  notificationTargetChanged(event: { targetId: string; what: string }): void;
  /** Somebody lets a move of a base image go on that failures have stopped. */
  baseImageMoveResumed(event: { moveId: string; reference: string }): void;
  /** A request came to a webhook: what it is stored as, or that the secret has not signed it. */
  deliveryReceived(event: { webhookId: string; status: string; isDuplicate: boolean }): void;
  /** The controller was not told of a delivery; it looks by itself. */
  deliveryBellFailed(event: { error: unknown }): void;
  /** Somebody has added, changed, rotated or removed a webhook. */
  webhookChanged(event: { webhookId: string; what: string }): void;
  viewerJoined(event: { stream: string; buildId: string }): void;
  viewerLeft(event: { stream: string; buildId: string }): void;
  logStored(event: { buildId: string; chunks: number }): void;
  /** A supervisor came with a lease that is over or an older fence. */
  leaseRefused(event: { operation: string; leaseId: string }): void;
  runFinished(event: { buildId: string; attempt: number; result: string }): void;
  beatMissed(event: { error: unknown }): void;
}

export interface SecretEvent {
  readonly kind: string;
  readonly name: string;
  readonly project: string | null;
}

export interface RequestServed {
  readonly requestId: string;
  readonly operation: string;
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly buildId: string | null;
}
