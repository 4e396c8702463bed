import { z } from 'zod';
import { METHOD_NAMES, METHODS_IN_WORDS } from '../engines/methods.js';

/** A build method in a request. */
export const KnownMethod = z.enum(
  METHOD_NAMES,
  `There is no such build method; there are ${METHODS_IN_WORDS}.`,
);
