import { z } from 'zod';
import { isErrorCode, type ErrorCode } from '../domain/errors.js';
import { CommandFailure } from './failure.js';

/* Looser than the contract: an older command must still read the problem of a newer Kiln. */
const AnyProblem = z.looseObject({
  title: z.string().optional(),
  detail: z.string().optional(),
  code: z.string().optional(),
  fix: z.string().optional(),
  fields: z.array(z.looseObject({ field: z.string(), message: z.string() })).optional(),
  request_id: z.string().optional(),
});

const CODE_BY_STATUS: Readonly<Record<number, ErrorCode>> = {
  401: 'unauthenticated',
  403: 'forbidden',
  404: 'not_found',
  409: 'conflict',
  413: 'payload_too_large',
  503: 'unavailable',
};

/* The api speaks of a header; who types a command has given the token otherwise. */
const OTHER_TOKEN =
  'Correct the token: KILN_TOKEN or KILN_TOKEN_FILE where they are set, else what `kiln login` or the `kiln up` of this folder (.kiln/cli.json) has left.';

/** The failure that an answer of the API stands for. A body that is no problem document came from something in between. */
export function failureOfAnswer(status: number, body: string, url: string): CommandFailure {
  const parsed = AnyProblem.safeParse(parse(body));
  const problem = parsed.success ? parsed.data : null;
  const code = isErrorCode(problem?.code)
    ? problem.code
    : (CODE_BY_STATUS[status] ?? (status < 500 ? 'invalid_request' : 'internal'));
  if (problem?.code === undefined) {
    return new CommandFailure(code, {
      message: `${url} answered ${status} without an explanation.`,
      fix: 'Check that this is the address of Kiln, and what stands between (a proxy?).',
    });
  }
  const message = problem.detail ?? problem.title;
  const fix = code === 'unauthenticated' ? OTHER_TOKEN : problem.fix;
  return new CommandFailure(code, {
    ...(message === undefined ? {} : { message }),
    ...(fix === undefined ? {} : { fix }),
    ...(problem.fields === undefined ? {} : { fields: problem.fields }),
    ...(problem.request_id !== undefined && status >= 500 ? { requestId: problem.request_id } : {}),
  });
}

/** Kiln does not answer; `isSlow`: it was given its time. */
export function unreachable(url: string, cause: unknown, isSlow = false): CommandFailure {
  return new CommandFailure('unavailable', {
    message: `Kiln does not answer at ${url} (${reason(cause)}).`,
    fix: isSlow
      ? 'It may be busy: repeat the command, and see the load of its machine; else correct the address (--api-url, KILN_API_URL).'
      : 'Start it with `npm start`, or correct the address (--api-url, KILN_API_URL).',
    cause,
  });
}

/* fetch says only "fetch failed" and hides the system's code in the cause. */
function reason(error: unknown): string {
  const { cause, code, name, message } = error as {
    cause?: unknown;
    code?: unknown;
    name?: string;
    message?: string;
  };
  if (typeof cause === 'object' && cause !== null) return reason(cause);
  if (name === 'TimeoutError') return 'no answer in time';
  return typeof code === 'string' ? code : (message ?? String(error));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
