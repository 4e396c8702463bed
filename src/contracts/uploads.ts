import { z } from 'zod';
import { operation } from './operation.js';

export const Upload = z.strictObject({
  id: z.uuid(),
  sha256: z.string(),
  size_bytes: z.int().min(0),
  created_at: z.iso.datetime({ offset: true }),
});
export type Upload = z.infer<typeof Upload>;

export const putUpload = operation({
  id: 'putUpload',
  method: 'put',
  path: '/v1/uploads/sha256/:digest',
  tag: 'uploads',
  summary: 'Stores a build context (tar or tar.gz) under its SHA-256',
  description:
    'The bytes are hashed as they arrive and kept only if they have the announced digest. Repeating gives the same upload.',
  auth: 'token',
  params: z.strictObject({ digest: z.string().describe('SHA-256 of the body, 64 lower-case hex digits') }),
  rawBody: 'application/octet-stream',
  responses: { 200: { description: 'Stored.', schema: Upload } },
  errors: ['invalid_request', 'payload_too_large', 'digest_mismatch'],
});
