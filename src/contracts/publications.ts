import { z } from 'zod';
import { PUBLICATION_STATUSES, type PublicationReport as Report } from '../domain/builds/publication.js';
import { BUILD_ID } from './examples/names.js';
import { PUBLICATIONS } from './examples/publications.js';
import { operation } from './operation.js';
import { buildParams, listOf } from './parameters.js';

const count = z.int().min(0);

export const Publication = z.strictObject({
  repository: z.string(),
  manifest_digest: z.string(),
  status: z.enum(PUBLICATION_STATUSES),
  total_blobs: count.describe('layers and configs, each once; 0 until the image has been looked at'),
  mounted_blobs: count.describe('taken over from another repository of the same registry'),
  existing_blobs: count.describe('were there before'),
  uploaded_blobs: count,
  total_bytes: count,
  spared_bytes: count.describe('of mounted and existing blobs; with sent_bytes, how far it is'),
  sent_bytes: count.describe('over all tries; more than total_bytes where something was sent again'),
  waiting_reason: z.string().nullable().describe('what it waits for; null unless it does'),
  started_at: z.iso.datetime({ offset: true }),
  completed_at: z.iso.datetime({ offset: true }).nullable(),
  removed_at: z.iso
    .datetime({ offset: true })
    .nullable()
    .describe('when the manifest was removed again, since the build came to nothing'),
  not_served_at: z.iso
    .datetime({ offset: true })
    .nullable()
    .describe(
      'when the registry last said that it does not serve the manifest of a build that came to nothing; null again where it serves it since',
    ),
  tidy_due_at: z.iso
    .datetime({ offset: true })
    .nullable()
    .describe('from when on the registry is asked once more; null: when staging is emptied, or never'),
  tidy_trouble: z
    .string()
    .nullable()
    .describe(
      'why what was left there was not removed, such as a tag that points at it, and what to do; null where nothing kept it',
    ),
});
export type Publication = z.infer<typeof Publication>;

export const listPublications = operation({
  id: 'listPublications',
  method: 'get',
  path: '/v1/builds/:build/publications',
  tag: 'builds',
  summary: 'How far the image is copied to each repository; empty before that begins',
  auth: 'token',
  params: buildParams,
  responses: { 200: { description: 'In the order of their beginning.', schema: listOf(Publication) } },
  errors: ['not_found'],
  example: { params: { build: BUILD_ID }, answer: { status: 200, body: { items: PUBLICATIONS } } },
});

const OpenUpload = z.strictObject({
  digest: z.string().min(1).max(100),
  address: z.string().min(1).max(4000).startsWith('/').nullable(),
  sentBytes: count,
});

export const PublicationReport = z.strictObject({
  repository: z.string().min(1).max(512),
  manifestDigest: z.string().min(1).max(100),
  status: z.enum(PUBLICATION_STATUSES),
  tryNumber: z.int().min(1).max(1_000_000),
  totalBlobs: count,
  mountedBlobs: count,
  existingBlobs: count,
  uploadedBlobs: count,
  totalBytes: count,
  sparedBytes: count,
  sentBytes: count,
  waitingReason: z.string().max(4000).nullable(),
  openUploads: z.array(OpenUpload).max(5_000).optional(),
  begins: z.strictObject({ wasThere: z.boolean() }).optional(),
}) satisfies z.ZodType<Report>;

/** Of supervisors, as those of supervisor.ts. */
export const putPublication = operation({
  id: 'putPublication',
  method: 'put',
  path: '/internal/v1/leases/:lease/publication',
  tag: 'supervisor',
  summary:
    'How far the image is copied to one of the repositories of the build; older reports change nothing',
  auth: 'lease',
  params: z.object({ lease: z.uuid() }),
  body: z.strictObject({ fence: z.int().min(1), publication: PublicationReport }),
  responses: {
    200: {
      description: 'It is kept.',
      schema: z.strictObject({
        open_uploads: z
          .array(OpenUpload)
          .describe('uploads under way, which a new try goes on with; address null: those that have arrived'),
      }),
    },
  },
  errors: [
    'unauthenticated',
    'stale_fence',
    'forbidden',
    'invalid_request',
    'cancelled',
    'illegal_transition',
  ],
});
