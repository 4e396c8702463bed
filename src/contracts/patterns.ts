import { z } from 'zod';
import { MAX_LIST_LENGTH, MAX_PATTERNS, patternTrouble } from '../domain/webhooks/patterns.js';

/** Patterns for the names of branches or tags, or for paths; empty for all of them. */
export const Patterns = z
  .array(
    z.string().superRefine((pattern, context) => {
      const message = patternTrouble(pattern);
      if (message !== null) context.addIssue({ code: 'custom', message });
    }),
  )
  .max(MAX_PATTERNS, `At most ${MAX_PATTERNS} patterns.`)
  .refine(
    (patterns) => patterns.join('').length <= MAX_LIST_LENGTH,
    `The patterns of a list have ${MAX_LIST_LENGTH} characters at most together.`,
  )
  .describe(
    '* for any text without a slash, ** for any text, ? for one character, ! before a pattern to take back what it fits; the last that fits decides',
  );
