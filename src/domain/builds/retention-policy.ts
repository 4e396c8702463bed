/** How long an artifact is kept: for good, for days from when it was made, or until its build ends in success. */
export const RETENTION_POLICIES = [
  'permanent',
  'days_30',
  'days_90',
  'days_365',
  'delete_on_success',
] as const;
export type RetentionPolicy = (typeof RETENTION_POLICIES)[number];
