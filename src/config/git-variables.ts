import { z } from 'zod';
import { hostList, text } from './values.js';

/** Which git servers may be named. */
export const GIT_HOST_VARIABLES = {
  KILN_INSECURE_GIT_HOSTS: hostList.describe(
    'Git servers (`host[:port]`, by comma) that may be spoken to in plain HTTP.',
  ),
};

/** Of the processes that speak to git servers. */
export const GIT_VARIABLES = {
  ...GIT_HOST_VARIABLES,
  KILN_GIT_PATH: text
    .default('git')
    .describe(
      'The program git (2.37 or newer): for sources from git, and for looking whether webhooks have missed pushes.',
    ),
  KILN_SSH_PATH: text.default('ssh').describe('The program ssh, for git over ssh.'),
  KILN_GIT_CA_FILE: text
    .optional()
    .describe(
      'PEM file of the authorities that git servers are checked with, in the place of those of the system.',
    ),
};

/** Of the process that looks for pushes that no delivery has told of. */
export const RECONCILE_VARIABLES = {
  ...GIT_VARIABLES,
  KILN_RECONCILE_SECONDS: z.coerce
    .number('expected seconds')
    .int()
    .min(0)
    .max(86_400)
    .default(600)
    .describe(
      'How often the branches and tags of the repository of each webhook are compared with what deliveries have told of; 0 for never, also when somebody asks.',
    ),
  KILN_RECONCILE_GRACE_SECONDS: z.coerce
    .number('expected seconds')
    .int()
    .min(1)
    .max(3600)
    .default(60)
    .describe('How long a delivery may take that tells of a push which was found; then the push is built.'),
};
