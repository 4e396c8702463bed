import { z } from 'zod';
import { RETENTION_POLICIES } from '../../domain/builds/retention-policy.js';

/** A path in a stage or an image, as an absolute one. */
export const pathInStage = z
  .string()
  .min(1)
  .max(1000)
  .regex(
    /^[^\u0000-\u001f\u007f*?[\]\\$"'<>`]+$/,
    'A path names one file or folder: it holds no pattern, quote, "$", "<", "\\" or control character.',
  )
  .refine((path) => !path.split('/').includes('..'), 'A path in a stage holds no "..".')
  .overwrite(
    (path) =>
      `/${path
        .split('/')
        .filter((part) => part !== '' && part !== '.')
        .join('/')}`,
  )
  .describe('Path of a file or folder in the stage, from its root');

export const failOnFailures = z
  .boolean()
  .describe('Whether the build fails where the reports tell of a failed test; false unless set');

export const retention = z
  .enum(RETENTION_POLICIES)
  .describe('How long it is kept; permanent unless set. delete_on_success: until the build ends in success');

/** The tests of a method that builds no stage for them: their reports are in the image. */
export const imageTests = z
  .strictObject(
    {
      reports: pathInStage
        .optional()
        .describe('Path of a file or folder of the image with reports in JUnit XML, which are read and kept'),
      fail_on_failures: failOnFailures.optional(),
      retention: retention.optional(),
    },
    {
      error: ({ code, keys = [] }) =>
        code === 'unrecognized_keys' && (keys as readonly string[]).includes('target')
          ? 'target belongs to buildx, which alone builds a stage for tests: name where the image has the reports (reports), and leave it out.'
          : undefined,
    },
  )
  .refine(({ reports }) => reports !== undefined, {
    path: ['reports'],
    message: 'Name the file or folder of the image that has the reports.',
  })
  .describe('Test reports that the image holds');
