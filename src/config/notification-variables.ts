import { z } from 'zod';

/** What the controller is told about notifications. */
export const NOTIFICATION_VARIABLES = {
  KILN_NOTIFICATION_PAUSE_FACTOR: z.coerce
    .number('expected a number')
    .min(0.0001)
    .max(10)
    .default(1)
    .describe(
      'Stretches the pauses between tries of a notification, which grow from 5 seconds to a day: 0.5 halves them.',
    ),
  KILN_BUILD_PAGE_URL: z
    .string()
    .regex(
      /^https?:\/\/[^\s]*\{build\}[^\s]*$/,
      'expected an http or https URL with {build} for the id of the build',
    )
    .optional()
    .describe(
      'Address of a page about a build, with `{build}` in the place of its id: statuses of commits lead there.',
    ),
};
