/** Errors of backup and restore. Part of the one table. */
export const BACKUP_ERRORS = {
  backup_invalid: {
    status: 422,
    retryable: false,
    text: 'This is no whole backup of Kiln.',
    fix: 'Use another copy of the backup, or an earlier one. Nothing was changed.',
  },
  backup_newer: {
    status: 409,
    retryable: false,
    text: 'The backup was made by a newer Kiln.',
    fix: 'Upgrade this Kiln to that version first, then restore. Nothing was changed.',
  },
  state_missing: {
    status: 404,
    retryable: false,
    text: 'There is no Kiln whose state could be read.',
    fix: 'Name its folder with --state (KILN_STATE_DIR), or an installation with KILN_CONFIG_FILE; see --help.',
  },
  backup_failed: {
    status: 500,
    retryable: true,
    text: 'The backup could not be made or restored.',
    fix: 'Mend what is named and run the command again.',
  },
  target_not_empty: {
    status: 409,
    retryable: false,
    text: 'There is something at the target already.',
    fix: 'Name another target. A restore with --force sets aside what is there, and deletes nothing.',
  },
  target_in_use: {
    status: 409,
    retryable: true,
    text: 'The target of the restore is in use.',
    fix: 'Stop what uses it, then run the restore again.',
  },
  state_in_use: {
    status: 409,
    retryable: true,
    text: 'Another command works on this state folder.',
    fix: 'Wait until it is ready or has ended, then run this one again.',
  },
  restore_incomplete: {
    status: 409,
    retryable: false,
    text: 'A restore into this state folder did not finish.',
    fix: 'Run `kiln restore` once more; it begins from the start.',
  },
} as const;
