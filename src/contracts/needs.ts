import { z } from 'zod';

const NAME = 'The name of a label is of letters, digits, ".", "_", "/" and "-".';
const VALUE = 'Write the value as a text in quotes, of letters, digits, ".", "_", "/" and "-".';

/** What a build needs of its host. */
export const Needs = z
  .record(
    z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,62}$/, NAME),
    z.string(VALUE).regex(/^[a-zA-Z0-9][a-zA-Z0-9._/-]{0,62}$/, VALUE),
  )
  .refine((needs) => Object.keys(needs).length <= 20, 'expected at most 20 labels')
  .describe(
    'What the build host has to have: labels with their values, zone, and platform for one that runs the programs of it itself',
  );
