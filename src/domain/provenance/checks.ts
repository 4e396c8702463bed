export const CHECK_STATES = ['holds', 'fails', 'pending', 'absent'] as const;

/** One question to an image, and what came of it. `pending`: what it asks for is being made; `absent`: there is nothing to judge, and nothing is claimed. */
export interface Check {
  readonly name: CheckName;
  readonly state: (typeof CHECK_STATES)[number];
  /** In words; of one that fails why, and what to do where that is known. */
  readonly text: string;
}

/** In the order in which they are told. */
export const CHECK_NAMES = [
  'digest',
  'tag',
  'record',
  'signature',
  'subject',
  'build',
  'builder',
  'source',
  'materials',
  'base image',
  'sbom',
  'sbom digest',
  'image signature',
  'unread',
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

export const holds = (name: CheckName, text: string): Check => ({ name, state: 'holds', text });
export const fails = (name: CheckName, text: string): Check => ({ name, state: 'fails', text });
export const absent = (name: CheckName, text: string): Check => ({ name, state: 'absent', text });
export const pending = (name: CheckName, text: string): Check => ({ name, state: 'pending', text });

/** Whether nothing fails, and nothing is still being made. */
export function allHold(checks: readonly Check[]): boolean {
  return checks.every(({ state }) => state === 'holds' || state === 'absent');
}

export function anyFails(checks: readonly Check[]): boolean {
  return checks.some(({ state }) => state === 'fails');
}
