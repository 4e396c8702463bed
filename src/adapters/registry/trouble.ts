import { STATUS_CODES } from 'node:http';
import { KilnError } from '../../domain/errors.js';
import { excerpt } from '../../domain/excerpt.js';
import { judgeRegistryWords, type RegistryTrouble } from '../../domain/images/registry-words.js';
import { remedyFor } from './remedies.js';
import { askedPauseMs, isPassing } from './repetition.js';

/** The error of a registry that cannot be reached. The cause is named, never a URL with parameters. */
export function unreachable(host: string, doing: string, error: unknown): KilnError {
  const refused = causesOf(error).find((cause) => cause.code === 'host_not_allowed');
  if (refused instanceof KilnError) return refused;
  const reason = reasonOf(error);
  return new KilnError('registry_unreachable', {
    message: `The registry ${host} does not answer (${reason}) when asked for ${doing}. ${remedyFor(reason, host)}`,
    cause: error,
  });
}

/** The error of a registry whose token service has trouble that passes. */
export function withoutToken(host: string, status: number): KilnError {
  return new KilnError('registry_unreachable', {
    message: `The registry ${host} cannot be used: its token service answered ${status}.`,
  });
}

/** The error of a registry that does not let Kiln in; its detail is the reason alone. */
export function refusal(host: string, why: string): KilnError {
  return new KilnError('registry_denied', {
    message: `The registry ${host} refused access: ${why}. Store credentials that may read from and push to this repository with \`kiln credentials set registry ${host} --username NAME\` (add --project where the project has one of its own).`,
    detail: why,
  });
}

/** What the words of a registry tell that its status does not. */
const TOLD: readonly RegistryTrouble['kind'][] = ['full', 'limited', 'expired'];
const MAX_WORDS = 2000;

/** Whether a 404 is about a part of an image or an upload, and so not about its repository. */
export function namesPart(body: string): boolean {
  return /(?:BLOB|MANIFEST|UPLOAD)_UNKNOWN/.test(body);
}

/** Whether a 404 says that there is no such repository. */
export function namesRepository(body: string): boolean {
  return /NAME_UNKNOWN/.test(body);
}

/** The error of a registry that takes nothing since it has no such repository, or does not show it to this credential. */
export function missingRepository(host: string, repository: string, body: string): KilnError {
  const reason = readReason(body);
  const detail = reason === '' ? '404' : `404, ${reason}`;
  return new KilnError('repository_missing', {
    message: `The registry ${host} takes nothing for ${repository} (${detail}): the repository is missing there and may have to be created first, or the credential may not create it.`,
  });
}

/** The error of an answer that was not expected. `body` is the registry's own error document, if it sent one. */
export function failedAnswer(
  host: string,
  doing: string,
  { status, retryAfter = null }: { readonly status: number; readonly retryAfter?: string | null },
  body: string,
): KilnError {
  const retryAfterMs = retryAfter === null ? null : askedPauseMs(retryAfter);
  const reason = readReason(body);
  const detail = reason === '' ? `${status}` : `${status}, ${reason}`;
  const trouble = judgeRegistryWords(
    `${STATUS_CODES[status] ?? ''} ${body.slice(0, MAX_WORDS)}`,
    `${host}/image`,
  );
  if (trouble !== null && status !== 404 && TOLD.includes(trouble.kind)) {
    return new KilnError(trouble.code, {
      message: `The registry ${host} answered ${detail} when asked for ${doing}: ${trouble.what}. ${trouble.remedy}`,
      ...{ detail, retryAfterMs },
    });
  }
  if (status === 401 || status === 403) return refusal(host, `${doing} was answered with ${detail}`);
  if (status === 404) {
    return new KilnError('not_found', {
      message: `The registry ${host} does not have ${doing} (${detail}).`,
    });
  }
  return new KilnError(isPassing(status) ? 'registry_failed' : 'registry_rejected', {
    message: `The registry ${host} answered ${detail} when asked for ${doing}.`,
    retryAfterMs,
  });
}

/** OCI distribution error documents: {errors: [{code, message}]}. */
function readReason(body: string): string {
  try {
    const { errors } = JSON.parse(body) as { errors?: { code?: unknown; message?: unknown }[] };
    const reasons = (errors ?? []).map(({ code, message }) =>
      [code, message].filter((part) => typeof part === 'string').join(': '),
    );
    return excerpt(reasons.join('; '), 300);
  } catch {
    return '';
  }
}

/**
 * Why a fetch failed: the system's code (ECONNREFUSED, ENOTFOUND, CERT_HAS_EXPIRED...), which lies under its cause, or, where
 * there is none (a port that fetch refuses), the text of the innermost cause.
 */
export function reasonOf(error: unknown): string {
  let text = 'no reason was given';
  for (const cause of causesOf(error)) {
    if (cause instanceof KilnError) return 'no answer in time';
    if (typeof cause.code === 'string') return cause.code;
    if (cause.name === 'TimeoutError') return 'no answer in time';
    if (typeof cause.message === 'string' && cause.message !== '') text = cause.message;
  }
  return excerpt(text.replace(/\w+:\/\/\S+/g, 'its API'), 200);
}

/** The error and what lies under it. */
function causesOf(error: unknown): Caused[] {
  const causes: Caused[] = [];
  let current = error as Caused | null | undefined;
  while (typeof current === 'object' && current !== null && causes.length < 6) {
    causes.push(current);
    current = current.errors?.[0] ?? current.cause;
  }
  return causes;
}

interface Caused {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly cause?: Caused;
  readonly errors?: readonly Caused[];
}
