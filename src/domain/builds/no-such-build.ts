import { KilnError } from '../errors.js';

/** The answer about a build that does not exist, or is another tenant's: both look alike. */
export function noSuchBuild(): KilnError {
  return new KilnError('not_found', {
    message: 'There is no such build.',
    fix: '`kiln builds` lists those that there are; --project narrows it down.',
  });
}
