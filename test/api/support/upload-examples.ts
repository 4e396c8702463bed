import { EMPTY_SHA256 } from '../../../src/domain/contexts/entry.js';
import { rawHeader } from '../../adapters/context/archives.js';
import { aContext, framed, sha256Of } from './a-context.js';

const dockerfile = 'FROM scratch\n';
const context = aContext({ Dockerfile: dockerfile });
const content = `/v1/contents/${sha256Of(dockerfile)}`;
const anArchive = Buffer.concat([rawHeader({ name: 'a', size: 0, type: '0' }), Buffer.alloc(1024)]);

/** How the operations of uploads are called well, for a thing that does not exist, and badly; in their order. */
export const UPLOAD_EXAMPLES = {
  putUpload: {
    method: 'PUT',
    path: `/v1/uploads/sha256/${context.sha256}`,
    ok: 200,
    raw: context.list,
    bad: { path: '/v1/uploads/sha256/abc' },
  },
  getUpload: {
    path: `/v1/uploads/sha256/${context.sha256}`,
    ok: 200,
    missing: `/v1/uploads/sha256/${EMPTY_SHA256}`,
    bad: { path: '/v1/uploads/sha256/abc' },
  },
  putArchive: { method: 'PUT', path: '/v1/uploads/archive', ok: 200, raw: anArchive },
  addContents: { method: 'POST', path: '/v1/contents', ok: 200, raw: framed(context.contents) },
  getContent: { path: content, ok: 200, missing: `/v1/contents/${'0'.repeat(64)}` },
  appendContent: {
    method: 'PATCH',
    path: content,
    ok: 200,
    headers: { 'upload-offset': '0' },
    raw: Buffer.from(dockerfile),
    missing: `/v1/contents/${'0'.repeat(64)}`,
  },
};
