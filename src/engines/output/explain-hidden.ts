import { ERRORS, type ErrorCode } from '../../domain/errors.js';
import type { Hide } from '../../ports/engine.js';

/**
 * Explains a failure by texts in which secrets are hidden already, so that nothing that is cut out of them, or cut short, holds half a value. `explain`
 * passes each text that a program printed through what it is given, before it looks into it. What the failure is (its code and all but the
 * message) is judged by the texts as they were printed: a value may be one of the words that tell. Where it is, the message is the general one.
 */
export function explainHidden<E extends { readonly code: ErrorCode; readonly message: string }>(
  explain: (hide: Hide) => E,
  hide: Hide,
): E {
  const judged = explain((text) => text);
  const told = explain(hide);
  return { ...judged, message: told.code === judged.code ? told.message : ERRORS[judged.code].text };
}
