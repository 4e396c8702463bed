import { z } from 'zod';
import { operation } from './operation.js';
import { CONTENTS, HELLO, HELLO_SHA256, LIST, LIST_SHA256, PROGRESS, UPLOAD } from './examples/uploads.js';

const digest = z.string().describe('64 lower-case hex digits');
const listParams = z.strictObject({
  digest: digest.describe('SHA-256 of the list, 64 lower-case hex digits'),
});
const contentParams = z.strictObject({
  digest: digest.describe('SHA-256 of the content, 64 lower-case hex digits'),
});

/** A build context: a list of files and the contents that it names. A build can use it when nothing is missing. */
export const Upload = z.strictObject({
  id: z.uuid(),
  sha256: z.string().describe('of the list'),
  size_bytes: z.int().min(0).describe('of all files as they lie unpacked'),
  entry_count: z.int().min(0),
  missing: z
    .array(z.string())
    .describe('SHA-256 of each content that has yet to be sent, in the order of the list'),
  created_at: z.iso.datetime({ offset: true }),
});
export type Upload = z.infer<typeof Upload>;

export const ContentProgress = z.strictObject({
  sha256: z.string(),
  size_bytes: z.int().min(0),
  offset_bytes: z.int().min(0).describe('how many bytes have arrived; the next piece begins there'),
  stored: z.boolean().describe('all have arrived and have the announced digest'),
});
export type ContentProgress = z.infer<typeof ContentProgress>;

export const UPLOAD_OFFSET = 'upload-offset';

export const putUpload = operation({
  id: 'putUpload',
  method: 'put',
  path: '/v1/uploads/sha256/:digest',
  tag: 'uploads',
  summary: 'Registers the list of a build context under its SHA-256; answers which contents are missing',
  description:
    'One JSON object a line, sorted by path (bytes of UTF-8), keys in this order and without spaces: {"path","kind":"folder","mode","mtime"}, {"path","kind":"file","mode","mtime","size","sha256"} or {"path","kind":"link","target"}. Every parent has its line; mode holds permission bits, mtime whole seconds. Contents are kept once per tenant: what an earlier upload sent is not missing. May be sent with content-encoding gzip.',
  auth: 'token',
  params: listParams,
  rawBody: 'application/x-ndjson',
  responses: { 200: { description: 'Registered.', schema: Upload } },
  errors: [
    'invalid_request',
    'payload_too_large',
    'digest_mismatch',
    'context_invalid',
    'path_escapes_context',
    'disk_full',
  ],
  example: {
    params: { digest: LIST_SHA256 },
    file: { name: 'context.ndjson', content: LIST },
    answer: { status: 200, body: UPLOAD },
  },
});

export const getUpload = operation({
  id: 'getUpload',
  method: 'get',
  path: '/v1/uploads/sha256/:digest',
  tag: 'uploads',
  summary: 'What is still missing of an upload, by the SHA-256 of its list',
  auth: 'token',
  params: listParams,
  responses: { 200: { description: 'Known.', schema: Upload } },
  errors: ['not_found'],
  example: { params: { digest: LIST_SHA256 }, answer: { status: 200, body: UPLOAD } },
});

export const putArchive = operation({
  id: 'putArchive',
  method: 'put',
  path: '/v1/uploads/archive',
  tag: 'uploads',
  summary: 'Takes a whole build context as tar or tar.gz',
  description:
    'For scripts: `git archive HEAD | curl -T - -H "Authorization: Bearer $TOKEN" $KILN_API_URL/v1/uploads/archive`. It cannot be resumed; the contents are kept as those of any other upload.',
  auth: 'token',
  rawBody: 'application/x-tar',
  responses: { 200: { description: 'Stored; nothing is missing.', schema: Upload } },
  errors: ['payload_too_large', 'context_invalid', 'path_escapes_context', 'disk_full'],
  example: {
    file: { name: 'context.tar', content: null },
    answer: { status: 200, body: { ...UPLOAD, missing: [] } },
  },
});

export const addContents = operation({
  id: 'addContents',
  method: 'post',
  path: '/v1/contents',
  tag: 'uploads',
  summary: 'Stores missing contents, each as it is complete',
  description:
    'For each content a line "<sha256> <size in bytes>" and the bytes. What was complete when a connection breaks is kept. May be sent with content-encoding gzip.',
  auth: 'token',
  rawBody: 'application/octet-stream',
  responses: {
    200: {
      description: 'Stored.',
      schema: z.strictObject({ contents: z.int().min(0), size_bytes: z.int().min(0) }),
    },
  },
  errors: ['invalid_request', 'payload_too_large', 'digest_mismatch', 'context_invalid', 'disk_full'],
  example: {
    file: { name: 'contents.bin', content: CONTENTS },
    answer: { status: 200, body: { contents: 1, size_bytes: 30 } },
  },
});

export const getContent = operation({
  id: 'getContent',
  method: 'get',
  path: '/v1/contents/:digest',
  tag: 'uploads',
  summary: 'How much of a large content has arrived',
  auth: 'token',
  params: contentParams,
  responses: { 200: { description: 'Asked for by a list.', schema: ContentProgress } },
  errors: ['not_found'],
  example: { params: { digest: HELLO_SHA256 }, answer: { status: 200, body: PROGRESS } },
});

export const appendContent = operation({
  id: 'appendContent',
  method: 'patch',
  path: '/v1/contents/:digest',
  tag: 'uploads',
  summary: 'Sends the next piece of a large content',
  description:
    'The piece begins at upload-offset, where the earlier ones end (GET tells). What has arrived when a connection breaks is kept. The last piece ends with the check of the digest. May be sent with content-encoding gzip; offsets count the bytes before compression.',
  auth: 'token',
  params: contentParams,
  headers: z.object({ [UPLOAD_OFFSET]: z.coerce.number<string>().int().min(0) }),
  rawBody: 'application/octet-stream',
  responses: { 200: { description: 'Arrived.', schema: ContentProgress } },
  errors: ['not_found', 'invalid_request', 'conflict', 'payload_too_large', 'digest_mismatch', 'disk_full'],
  example: {
    params: { digest: HELLO_SHA256 },
    headers: { [UPLOAD_OFFSET]: '0' },
    file: { name: 'hello.txt', content: HELLO },
    answer: { status: 200, body: { ...PROGRESS, offset_bytes: PROGRESS.size_bytes, stored: true } },
  },
});
