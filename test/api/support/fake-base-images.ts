import { listBaseImageMoves } from '../../../src/contracts/base-images.js';
import { MOVE_ID } from '../../../src/contracts/examples/names.js';
import { KilnError } from '../../../src/domain/errors.js';
import type { BaseImageMove, BaseImageStore } from '../../../src/ports/base-images.js';
import { NOBODY_ID, NOW, TENANT } from './records.js';

const MOVE: BaseImageMove = {
  ...{ id: MOVE_ID, reference: 'docker.io/library/node:22', from: 'sha256:1', to: 'sha256:2' },
  ...{ status: 'stopped', reason: 'canary hello#1 failed at build', seenAt: NOW },
  projects: [
    {
      ...{ project: 'hello', isCanary: true, state: 'failed', buildNumber: 1, reason: null },
      buildId: listBaseImageMoves.example.answer.body.items[0]!.projects[0]!.build_id,
    },
  ],
};

/** One image that a project stands on, and one move that is stopped. */
export function fakeBaseImages(): BaseImageStore {
  return {
    watched: async () => [
      {
        ...{ reference: MOVE.reference, digest: MOVE.to, checkedAt: NOW, trouble: null, notBefore: null },
        projects: [{ project: 'hello', buildNumber: 1, digest: MOVE.from, isBase: true }],
      },
    ],
    moves: async () => [MOVE],
    resume: async ({ tenantId }, moveId) => {
      if (moveId !== MOVE.id || tenantId !== TENANT.tenantId) throw new KilnError('not_found');
      return { ...MOVE, status: 'open', reason: null };
    },
  };
}

/** How the operations of the watch are called. */
export const BASE_IMAGE_EXAMPLES = {
  listWatchedImages: { path: '/v1/base-images', ok: 200 },
  checkBaseImages: { method: 'POST', path: '/v1/base-images/check', ok: 202 },
  listBaseImageMoves: { path: '/v1/base-image-moves', ok: 200 },
  resumeBaseImageMove: {
    ...{ method: 'POST', path: `/v1/base-image-moves/${MOVE_ID}/resume`, ok: 200 },
    missing: `/v1/base-image-moves/${NOBODY_ID}/resume`,
  },
};
