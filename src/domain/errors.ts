import { ERRORS, type ErrorRule } from './error-table.js';

export { ERRORS, type ErrorRule };

export type ErrorCode = keyof typeof ERRORS;

/** Where a field of a request is wrong, as RFC 9457 problem documents list it. */
export interface FieldProblem {
  readonly field: string;
  readonly message: string;
}

export interface KilnErrorOptions {
  /** Public text; the table's text when absent. Never holds a secret. */
  readonly message?: string;
  /** For the log only, never shown to a client. */
  readonly detail?: string;
  readonly fields?: readonly FieldProblem[];
  readonly cause?: unknown;
  /** How long whoever was asked wants to be left alone. */
  readonly retryAfterMs?: number | null;
  /** What to do in this very case; the table's when absent. */
  readonly fix?: string;
}

/** Every error that Kiln raises on purpose. Callers branch on `code`, never on the message. */
export class KilnError extends Error {
  override readonly name = 'KilnError';
  readonly detail: string | undefined;
  readonly fix: string;
  readonly fields: readonly FieldProblem[];
  readonly retryAfterMs: number | null;

  constructor(
    readonly code: ErrorCode,
    options: KilnErrorOptions = {},
  ) {
    super(options.message ?? ERRORS[code].text, options.cause === undefined ? {} : { cause: options.cause });
    this.detail = options.detail;
    this.fix = options.fix ?? ERRORS[code].fix;
    this.fields = options.fields ?? [];
    this.retryAfterMs = options.retryAfterMs ?? null;
  }

  get rule(): ErrorRule {
    return ERRORS[this.code];
  }
}

/** Whether a value is a known error code; texts from other processes are checked with it. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}

/** What the system calls a disk without room, and a quota that is used up. */
function isDiskFull(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** Turns anything thrown into a KilnError; a full disk becomes `disk_full`, what is unknown becomes `internal` with its text kept for the log. */
export function toKilnError(error: unknown): KilnError {
  if (error instanceof KilnError) return error;
  if (isDiskFull(error)) return new KilnError('disk_full', { detail: error.message, cause: error });
  const detail = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return new KilnError('internal', { detail, cause: error });
}
