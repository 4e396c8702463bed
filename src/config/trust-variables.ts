import { z } from 'zod';

/** Whose projects may be trusted. */
export const TRUST_VARIABLES = {
  KILN_TRUST_TENANTS: z
    .string()
    .default('default')
    .transform((list) => list.split(',').map((slug) => slug.trim()))
    .describe(
      'Tenants (slugs, by comma; `*` for all) whose tokens may make projects trusted. `default` is the first one, that of the operator.',
    ),
};

/** Who looks after the hosts. */
export const OPERATOR_VARIABLES = {
  KILN_OPERATOR_TENANTS: z
    .string()
    .default('default')
    .transform((list) => list.split(',').map((slug) => slug.trim()))
    .describe(
      'Tenants (slugs, by comma) whose tokens may add, drain and remove the build hosts that all tenants share, and give tenants their weights in the queue. `default` is the first one.',
    ),
};

/** What networks a build host gives to the steps of builds. */
export const NETWORK_VARIABLES = {
  KILN_BUILD_NETWORK: z
    .enum(['none', 'bridge', 'host'])
    .default('none')
    .describe(
      'Network of RUN steps: none, bridge (a network of their own, or of the container that BuildKit runs in; for buildpacks a proxy to public addresses) or host (that of this host, for trusted projects; others have none then).',
    ),
  KILN_HOST_NETWORK: z
    .stringbool('expected true or false')
    .default(false)
    .describe(
      'Builds of trusted projects may ask for the network of this host (`network: host`, `RUN --network=host`), where they reach all that it reaches. A BuildKit of your own needs `insecure-entitlements = ["network.host"]` for it.',
    ),
};
