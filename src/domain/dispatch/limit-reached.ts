import { KilnError } from '../errors.js';
import type { BlockingLimit } from './limits.js';

/** A build by its name, and whether it runs or waits for a slot. */
export interface HoldingBuild {
  readonly name: string;
  readonly runs: boolean;
}

const NAMED = 5;

/** `app#3, app#4 (queued), 2 more`. */
export function holdersText(holders: readonly HoldingBuild[]): string {
  const named = holders.slice(0, NAMED).map(({ name, runs }) => (runs ? name : `${name} (queued)`));
  const more = holders.length - named.length;
  return [...named, ...(more > 0 ? [`${more} more`] : [])].join(', ');
}

/** The refusal of a build whose tenant has builds refused that would have to wait for a limit. */
export function limitReached(
  limit: BlockingLimit,
  most: number,
  holders: readonly HoldingBuild[],
): KilnError {
  if (most === 0) {
    return new KilnError('no_build_allowed', {
      message: `The tenant's limit ${limit} is 0: it allows no build.`,
      fix: `Waiting does not help. Whoever has a token of the tenant may raise the limit: kiln limits set ${limit}=VALUE.`,
    });
  }
  const [first] = holders;
  const end = first === undefined ? '' : `end one (kiln cancel ${first.name}), `;
  return new KilnError('concurrency_limit_reached', {
    message: `The tenant's limit ${limit} (${most}) is reached: ${first === undefined ? 'it allows no build' : `held by ${holdersText(holders)}`}.`,
    fix: `Ask again when one has ended, ${end}raise the limit (kiln limits set ${limit}=VALUE), or let builds wait: kiln limits set on_limit=queue.`,
  });
}
