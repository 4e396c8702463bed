export const TRIGGER_TYPES = ['manual', 'webhook', 'schedule', 'git_event'] as const;

/**
 * Why a build was started: somebody asked for it (`manual`), a delivery came (`webhook`), its time had come (`schedule`), or a change
 * was seen without being told of it (`git_event`: a branch that has moved, a base image that has).
 */
export type TriggerType = (typeof TRIGGER_TYPES)[number];

/** What started a build, as its record keeps it. */
export interface BuildTrigger {
  readonly type: TriggerType;
  /** What exactly, in at most 512 characters, such as the name of a schedule; null for a request of a person. */
  readonly source: string | null;
}

/** What somebody has asked for himself. */
export const ASKED_FOR: BuildTrigger = { type: 'manual', source: null };
