import { formatBytes } from '../format-bytes.js';
import { formatSeconds } from './format-seconds.js';
import { holesOf } from './tool-holes.js';
import type { Scheduling, WorkerStatus } from './worker.js';

/** With fewer free, a host takes no new build: an image can hold thousands of files. */
export const INODE_RESERVE = 10_000;

/** Why a host gets no build whose lease has run out, until it is heard of again: its silence is not long enough yet to be offline. */
export const SILENT_SINCE_LOSS = 'let a lease run out, and gets builds again after its next heartbeat';

/** What is known of a worker. */
export interface WorkerCondition {
  /** Since its last heartbeat; null before the first one. */
  readonly silentForMs: number | null;
  /** The longest silence that is believed. */
  readonly silenceMs: number;
  /** A lease of it has run out, and it has not been heard of since: what was lost must not come back to it. */
  readonly isSilentSinceLoss: boolean;
  readonly slots: number;
  readonly running: number;
  readonly disk: {
    readonly freeBytes: number;
    readonly reserveBytes: number;
    /** Null where the file system has no fixed number of them. */
    readonly freeInodes: number | null;
  } | null;
  /** Why its builder does not answer. */
  readonly builderTrouble: string | null;
  readonly toolVersions: Readonly<Record<string, string>>;
  readonly acceptedHoles: readonly string[];
  /** What is left of a quarantine; null when there is none. */
  readonly quarantine: { readonly leftMs: number; readonly reason: string } | null;
  readonly scheduling: Scheduling;
  /** The host is being stopped. */
  readonly isDraining: boolean;
  /** Its supervisor is there, but its worker process is not. */
  readonly isWorkerAway: boolean;
}

export interface WorkerJudgement {
  readonly status: WorkerStatus;
  /** In words that go on after its name, why it is neither healthy nor busy. */
  readonly reasons: readonly string[];
  /** Why it gets no new build whatever its slots, in words that go on after its name; null when it does. */
  readonly refusal: string | null;
}

/** The one rule of what a worker is: offline, degraded, busy or healthy, in this order, and whether it gets builds. */
export function judgeWorker(worker: WorkerCondition): WorkerJudgement {
  const silence = silenceOf(worker);
  const reasons = silence === null ? troublesOf(worker) : [silence];
  const status = statusOf(worker, silence !== null, reasons.length > 0);
  const closed = closedBecause(worker);
  return { status, reasons, refusal: reasons.length > 0 ? reasons.join(', ') : closed };
}

function statusOf({ running, slots }: WorkerCondition, isSilent: boolean, isTroubled: boolean): WorkerStatus {
  if (isSilent) return 'offline';
  if (isTroubled) return 'degraded';
  return running >= slots ? 'busy' : 'healthy';
}

function silenceOf({ silentForMs, silenceMs }: WorkerCondition): string | null {
  if (silentForMs === null) return 'has never been heard of';
  return silentForMs > silenceMs ? `has not been heard of for ${formatSeconds(silentForMs)}` : null;
}

function troublesOf({
  isSilentSinceLoss,
  disk,
  builderTrouble,
  isWorkerAway,
  toolVersions,
  acceptedHoles,
  quarantine,
}: WorkerCondition): string[] {
  const { freeBytes, reserveBytes, freeInodes } = disk ?? { freeBytes: 0, reserveBytes: 0, freeInodes: null };
  return [
    ...(isSilentSinceLoss ? [SILENT_SINCE_LOSS] : []),
    ...(freeBytes < reserveBytes
      ? [`has ${formatBytes(freeBytes)} free and keeps ${formatBytes(reserveBytes)} in reserve`]
      : []),
    ...(freeInodes !== null && freeInodes < INODE_RESERVE
      ? [`has ${freeInodes} inodes free and keeps ${INODE_RESERVE} in reserve`]
      : []),
    ...(builderTrouble === null ? [] : [`has a builder that does not answer: ${builderTrouble}`]),
    ...(isWorkerAway
      ? ['has no worker process: start it, or see in its log why it does not reach Temporal']
      : []),
    ...holesOf(toolVersions, acceptedHoles).map(
      ({ tool, id, what, mendedIn }) =>
        `has ${tool} ${toolVersions[tool] ?? ''} with the known hole ${id} (${what}), mended in ${mendedIn.join(', ')}`,
    ),
    ...(quarantine === null
      ? []
      : [`is in quarantine for another ${formatSeconds(quarantine.leftMs)}: ${quarantine.reason}`]),
  ];
}

function closedBecause({ scheduling, isDraining, running }: WorkerCondition): string | null {
  if (scheduling === 'cordoned') return 'is cordoned';
  if (scheduling === 'draining') return running > 0 ? 'is being drained' : 'is drained';
  return isDraining ? 'is being stopped' : null;
}
