import type { listWatchedImages as operation } from '../../../contracts/base-images.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

export function listWatchedImages(deps: Pick<ApiDeps, 'baseImages'>): Handler<typeof operation> {
  return async ({ caller }) => ({
    status: 200,
    body: {
      items: (await deps.baseImages.watched(caller)).map(
        ({ reference, digest, checkedAt, trouble, notBefore, projects }) => ({
          ...{ reference, digest, trouble, checked_at: checkedAt, not_before: notBefore },
          projects: projects.map((one) => ({
            project: one.project,
            build_number: one.buildNumber,
            digest: one.digest,
            is_base: one.isBase,
          })),
        }),
      ),
    },
  });
}
