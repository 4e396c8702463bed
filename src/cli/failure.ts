import { KilnError, type ErrorCode, type KilnErrorOptions } from '../domain/errors.js';
import type { Style } from './terminal/style.js';
import { stripEscapes } from './terminal/escapes.js';
import { EXIT, exitCodeOfError } from './exit-codes.js';

export interface FailureOptions extends KilnErrorOptions {
  readonly exitCode?: number;
  readonly requestId?: string;
}

/** Why a command cannot go on, with what to do about it. */
export class CommandFailure extends KilnError {
  readonly exitCode: number;
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, options: FailureOptions = {}) {
    super(code, options);
    this.exitCode = options.exitCode ?? exitCodeOfError(code);
    this.requestId = options.requestId;
  }
}

/** Wrong use of a command: exit code 2. */
export function usageFailure(message: string, fix: string): CommandFailure {
  return new CommandFailure('invalid_request', { message, fix, exitCode: EXIT.refused });
}

/** Anything thrown, as a failure that can be shown. */
export function toFailure(error: unknown): CommandFailure {
  if (error instanceof CommandFailure) return error;
  if (error instanceof KilnError) {
    const { code, message, fields } = error;
    return new CommandFailure(code, {
      message,
      fields,
      cause: error,
      ...(error.detail ? { detail: error.detail } : {}),
      fix: error.fix,
    });
  }
  const text = error instanceof Error ? error.message : String(error);
  return new CommandFailure('internal', {
    message: text,
    fix: 'This is a fault of the command itself: run it with KILN_DEBUG=1 and report what it prints.',
    cause: error,
  });
}

/** An error as people read it: what, where, what to do. */
export function failureLines(failure: CommandFailure, style: Style): string[] {
  const clean = (text: string): string => stripEscapes(text);
  return [
    `${style.tone.bad('✗')} ${style.bold(clean(failure.message))}`,
    ...failure.fields
      .filter(({ message }) => !failure.message.includes(message))
      .map(({ field, message }) => `  ${field === '' ? '' : `${clean(field)}: `}${clean(message)}`),
    ...(failure.detail === undefined ? [] : [`  ${style.dim(clean(failure.detail))}`]),
    `  ${style.tone.active('→')} ${clean(failure.fix)}`,
    ...(failure.requestId === undefined ? [] : [style.dim(`  request ${clean(failure.requestId)}`)]),
  ];
}

/** An error as --json prints it. */
export function failureJson(failure: CommandFailure): object {
  const { code, message, fix, fields } = failure;
  return {
    error: { code, message, fix, fields, exit_code: failure.exitCode, request_id: failure.requestId ?? null },
  };
}
