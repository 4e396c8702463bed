import { KilnError } from '../../domain/errors.js';

const TEXTS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nobody listens at its address.',
  ECONNRESET: 'It has cut the connection.',
  UND_ERR_SOCKET: 'It has cut the connection.',
  ENOTFOUND: 'Its name is not known.',
  EAI_AGAIN: 'Its name cannot be looked up at the moment.',
  EHOSTUNREACH: 'There is no way to its address.',
  ENETUNREACH: 'There is no way to its address.',
  ETIMEDOUT: 'Its address does not answer.',
  UND_ERR_CONNECT_TIMEOUT: 'Its address does not answer.',
};

/** Why a request got no answer, for people; `isRefused` where Kiln itself does not go there. */
export function describeTrouble(error: unknown): { readonly text: string; readonly isRefused: boolean } {
  for (
    let cause: unknown = error, depth = 0;
    cause instanceof Error && depth < 5;
    cause = cause.cause, depth += 1
  ) {
    if (cause instanceof KilnError && cause.code === 'host_not_allowed')
      return { text: cause.message, isRefused: true };
    const { code } = cause as NodeJS.ErrnoException;
    const text = code === undefined ? undefined : TEXTS[code];
    if (text !== undefined) return { text: `${text} (${code})`, isRefused: false };
    if (
      code?.includes('CERT') === true ||
      code?.startsWith('ERR_TLS') === true ||
      code?.startsWith('ERR_SSL') === true
    )
      return { text: `Its certificate is not to be trusted (${code}).`, isRefused: false };
  }
  const code = (error as NodeJS.ErrnoException).code;
  return { text: `It gave no answer${code === undefined ? '' : ` (${code})`}.`, isRefused: false };
}
