import { z } from 'zod';

/** The name of what is asked for by name or id: not the form of an id. */
export const ResourceName = z
  .string()
  .regex(
    /^(?![0-9a-f]{8}-[0-9a-f]{4}-)[a-z0-9][a-z0-9_.-]{0,62}$/,
    'expected lower-case letters, digits, "_", "." and "-", at most 63, with a letter or digit first',
  );
