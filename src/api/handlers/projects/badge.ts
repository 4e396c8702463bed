import { createHash } from 'node:crypto';
import type * as operations from '../../../contracts/badges.js';
import { KilnError } from '../../../domain/errors.js';
import { badgeSvg } from '../../../domain/notifications/badge.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

type Deps = Pick<ApiDeps, 'projects' | 'badges'>;

const CACHE = 'public, max-age=30';

export function switchBadgeOn(deps: Deps): Handler<typeof operations.switchBadgeOn> {
  return async ({ caller, params }) => {
    const { id, slug } = await deps.projects.get(caller, params.project);
    const { token } = await deps.badges.switchOn(caller, id);
    return { status: 200, body: { url_path: `/v1/projects/${slug}/badge.svg?token=${token}` } };
  };
}

export function switchBadgeOff(deps: Deps): Handler<typeof operations.switchBadgeOff> {
  return async ({ caller, params }) => {
    const { id } = await deps.projects.get(caller, params.project);
    await deps.badges.switchOff(caller, id);
    return { status: 204 };
  };
}

/** Shown by pages of others, so it may be embedded there; what is not there and what is off look alike. */
export function getBadge(deps: Deps): Handler<typeof operations.getBadge> {
  return async ({ params, query, headers: asked }) => {
    const badge = await deps.badges.read(query.token, params.project, query.branch ?? null);
    if (badge === null) throw new KilnError('not_found');
    const text = badgeSvg(query.branch ?? params.project, badge.status);
    const etag = `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    const headers = { etag, 'cache-control': CACHE, 'cross-origin-resource-policy': 'cross-origin' };
    const known = (asked['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
    if (known.includes(etag)) return { status: 304, headers };
    return { status: 200, headers: { ...headers, 'content-type': 'image/svg+xml; charset=utf-8' }, text };
  };
}
