import { z } from 'zod';
import { text } from './values.js';

/** Which BuildKit builds for a host. */
export const BUILDKIT_VARIABLES = {
  KILN_BUILDKIT_ADDRESS: text
    .optional()
    .describe('BuildKit as `buildctl --addr` takes it, such as `unix:///run/buildkit/buildkitd.sock`.'),
  KILN_BUILDKIT_SHARED: z
    .stringbool('expected true or false')
    .default(false)
    .describe(
      'The BuildKit at KILN_BUILDKIT_ADDRESS builds for every tenant, each of which may get from its cache what others have made, with their secrets too. Else it builds for the first tenant that comes.',
    ),
  KILN_BUILDKITS_SOCKET: text
    .optional()
    .describe(
      'Unix socket of a `kiln up` that opens a BuildKit for each tenant, in the place of KILN_BUILDKIT_ADDRESS.',
    ),
};
