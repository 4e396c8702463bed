import { KilnError } from '../errors.js';
import type { BuildMethod } from './method.js';

/** The refusal of a build that no build host would ever take. */
export function methodNotOffered(method: BuildMethod): KilnError {
  return new KilnError('method_not_offered', {
    message: `No build host offers the method "${method}". \`kiln doctor\` on a host says what it is missing; start its supervisor anew then, or choose another method.`,
  });
}
