import { z } from 'zod';
import { parseBlobPlace } from '../domain/network/blob-place.js';
import { text } from './values.js';

export const BLOBS_URL_VARIABLE = {
  KILN_BLOBS_URL: z
    .string()
    .transform((given, context) => {
      const place = parseBlobPlace(given);
      if (typeof place !== 'string') return place;
      context.addIssue({ code: 'custom', message: place });
      return z.NEVER;
    })
    .optional()
    .describe(
      'Bucket that contexts and artifacts lie in, `s3://bucket[/prefix][?endpoint=URL&region=NAME]`, the same for api and controller. Credentials as the AWS SDK finds them, such as `AWS_ACCESS_KEY_ID` or `AWS_SHARED_CREDENTIALS_FILE`.',
    ),
};

/** Of the processes that keep and read contents. */
export const BLOB_VARIABLES = {
  KILN_DATA_DIR: text.describe(
    'Folder of uploaded contexts and of artifacts, the same one for api and controller; with `KILN_BLOBS_URL` only of what is arriving, for each process its own.',
  ),
  ...BLOBS_URL_VARIABLE,
};
