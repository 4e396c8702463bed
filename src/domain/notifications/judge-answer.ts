import { statedAlready } from './commit-status.js';
import type { TargetKind } from './target-kind.js';

/** What a receiver has answered. */
export interface ReceivedAnswer {
  readonly status: number;
  /** The beginning of its body. */
  readonly text: string;
}

/** What follows from an answer; `because` is for people. */
export type Verdict =
  | { readonly what: 'delivered' }
  | { readonly what: 'failed' | 'dead' | 'gone'; readonly because: string };

const SHOWN = 300;

/**
 * Judges an answer as the specification of Standard Webhooks says: 2xx is success, 410 wants no more, and anything else, redirects and other 4xx
 * too, is tried again. A git host says with 400, 404, 410 and 422 that no repetition will help.
 */
export function judgeAnswer(kind: TargetKind, state: string | null, answer: ReceivedAnswer): Verdict {
  const { status } = answer;
  if (status >= 200 && status < 300) return { what: 'delivered' };
  const said = answer.text.replaceAll(/\s+/g, ' ').trim().slice(0, SHOWN);
  const answered = `It answered ${status}${said === '' ? '' : `: ${said}`}.`;
  if (kind === 'webhook') {
    if (status === 410)
      return {
        what: 'gone',
        because: `${answered} Switch it on again with \`kiln notifications set\` if it is there.`,
      };
    if (status >= 300 && status < 400)
      return {
        what: 'failed',
        because: `${answered} Redirects are not followed: name the address that it leads to.`,
      };
    return { what: 'failed', because: answered };
  }
  if (kind === 'gitlab' && status === 400 && state !== null && statedAlready(state, answer.text))
    return { what: 'delivered' };
  if ([400, 404, 410, 422].includes(status))
    return {
      what: 'dead',
      because: `${answered} Does the token of the target reach the repository, with the right to set statuses, and is the commit there?`,
    };
  if (status === 401)
    return {
      what: 'failed',
      because: `${answered} Give the target a valid token: \`kiln notifications set\`.`,
    };
  return { what: 'failed', because: answered };
}
