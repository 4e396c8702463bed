import { z } from 'zod';

/** Where the builds of a host run. */
export const RUNNER_VARIABLES = {
  KILN_RUNNER: z
    .enum(['local', 'docker'])
    .default('local')
    .describe(
      'Where builds of this host run: as its processes, or each in a container of a Docker engine. Change it when no build runs.',
    ),
  KILN_DOCKER_HOST: z
    .string()
    .regex(/^unix:\/\/\/.+/, 'expected unix:///path/of/docker.sock')
    .default('unix:///var/run/docker.sock')
    .describe('The Docker engine of the runner docker. It runs on this host: containers get folders of it.'),
};
