import type { ProbeStepName } from '../domain/network/probe-steps.js';
import type { CredentialSource } from './image-registry.js';

/** What became of one part. `remedy` says what to do about a failure. */
export interface ProbeStep {
  readonly step: ProbeStepName;
  readonly status: 'ok' | 'failed' | 'skipped';
  readonly message: string;
  readonly remedy: string | null;
}

/**
 * Walks the way to a registry and says where it ends. Never raises for what the registry does. `path` null: only the registry itself
 * is tried. Trying to push begins an upload and gives it up again.
 */
export type ProbeRegistry = (
  target: { readonly host: string; readonly path: string | null },
  credentials: CredentialSource,
  signal?: AbortSignal,
) => Promise<readonly ProbeStep[]>;
