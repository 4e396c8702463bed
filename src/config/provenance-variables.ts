import { z } from 'zod';
import { text } from './values.js';

/** Of the controller: who signs where images come from. */
export const PROVENANCE_VARIABLES = {
  KILN_SIGNING_KEY: text
    .optional()
    .describe(
      'File with the private key by which the controller signs provenance (P-256, PEM), mode 0600; without it nothing is signed.',
    ),
  KILN_BUILDER_ID: z
    .string()
    .regex(/^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,400}$/, 'expected an address, such as https://kiln.example.org')
    .optional()
    .describe('Who this Kiln is in provenance; an id of this installation unless set.'),
};
