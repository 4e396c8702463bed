import { ERRORS } from '../errors.js';
import type { RunFailure } from './outcome.js';

interface Hint {
  /** In what a failing step has printed last. */
  readonly words: RegExp;
  readonly hint: string;
}

/** What programs in steps print, whatever the method, and what it most often means. The first match wins. */
const HINTS: readonly Hint[] = [
  {
    words: /no space left on device|disk quota exceeded/i,
    hint: 'It found no room on a disk: one of the build host, unless it wrote to a mount of a fixed size (/dev/shm, --mount=type=tmpfs). Have the operator look with `df`.',
  },
  {
    words: /too ?many ?requests|rate limit exceeded|\b429 Too Many/i,
    hint: 'A server that it asked answers no more requests for now: retry later, or let the step log in there with a secret.',
  },
  {
    words:
      /could not resolve (?:host|proxy)|temporary failure (?:in name resolution|resolving)|name or service not known|getaddrinfo|no such host|bad address '|no address associated with hostname/i,
    hint: 'It could not look up a name: see whether steps of this build have a network (`resources: {network: egress}` asks for one), then the spelling, and the DNS of the build host.',
  },
  {
    words: /certificate (?:has expired|is not yet valid)|not yet valid|CERT_HAS_EXPIRED/i,
    hint: 'A certificate was not valid at that time: check the clock of the build host, and the certificate.',
  },
  {
    words:
      /self[- ]signed certificate|unable to get local issuer certificate|unknown authority|unable to verify the first certificate|SEC_ERROR_UNKNOWN_ISSUER/i,
    hint: 'It met a certificate of an authority that the image does not know: add that certificate to the image (most need the package ca-certificates too), above all behind a proxy that looks into TLS.',
  },
  {
    words: /network is unreachable/i,
    hint: 'It has no network: `resources: {network: egress}` asks for one, where the build host gives it to steps.',
  },
];

const FOREIGN = /(?:exec|fork\/exec)(?: container process)? [`"']?([^\s`"':]+)[`"']?: exec format error/i;
const NOT_RUNNABLE = /^.*?([^\s:]+): (?:cannot execute(?: binary file)?: )?exec format error$/im;

/** A failure of a step with what its last lines say of the reason, as far as that is known; any other as it is. */
export function withHint(failure: RunFailure): RunFailure {
  if (failure.code !== 'build_step_failed') return failure;
  const printed = [failure.message, ...failure.lastLines].join('\n');
  const [, program] = FOREIGN.exec(printed) ?? NOT_RUNNABLE.exec(printed) ?? [];
  if (program !== undefined) {
    const [place = ''] = / \(Dockerfile line \d+\)/.exec(failure.message) ?? [];
    return {
      ...failure,
      code: 'platform_not_runnable',
      retryable: ERRORS.platform_not_runnable.retryable,
      message: `${program} of the image is a program for another platform, which this build host cannot run${place}.`,
    };
  }
  for (const { words, hint } of HINTS) {
    if (words.test(failure.lastLines.join('\n')))
      return { ...failure, message: `${failure.message} ${hint}` };
  }
  return failure;
}
