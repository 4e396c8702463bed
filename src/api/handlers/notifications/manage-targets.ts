import { randomBytes } from 'node:crypto';
import type * as operations from '../../../contracts/notification-operations.js';
import { KilnError } from '../../../domain/errors.js';
import { gitHostOf, PUBLIC_API, type TargetKind } from '../../../domain/notifications/target-kind.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { showTarget } from './show-target.js';

type Deps = Pick<ApiDeps, 'projects' | 'notificationTargets' | 'checkReceiver' | 'events'>;

const SECRET_BYTES = 32;
/** How long the old secret of a webhook signs beside the new one. */
const BOTH_MS = 24 * 60 * 60_000;

/** As Standard Webhooks writes secrets. */
function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

export function addNotificationTarget(deps: Deps): Handler<typeof operations.addNotificationTarget> {
  return async ({ caller, body }) => {
    const { name, kind, events, token } = body;
    const url = placeOf(deps, kind, body.url ?? (kind === 'webhook' ? null : PUBLIC_API[kind]));
    if ((kind === 'webhook') !== (token === undefined))
      throw wrong(
        'token',
        kind === 'webhook' ? 'is for git hosts; Kiln makes the secret of webhooks' : 'is missing',
      );
    const secret = token ?? newSecret();
    const project = body.project === undefined ? null : await deps.projects.get(caller, body.project);
    const target = await deps.notificationTargets.create(
      caller,
      {
        ...{ name, kind, events, isActive: body.is_active, projectId: project?.id ?? null },
        ...placed(kind, url),
      },
      secret,
    );
    deps.events.notificationTargetChanged({ targetId: target.id, what: 'added' });
    return { status: 201, body: { target: showTarget(target), secret: token === undefined ? secret : null } };
  };
}

export function listNotificationTargets(deps: Deps): Handler<typeof operations.listNotificationTargets> {
  return async ({ caller, query }) => {
    const project = query.project === undefined ? null : await deps.projects.get(caller, query.project);
    const targets = await deps.notificationTargets.list(caller, project?.id ?? null);
    return { status: 200, body: { items: targets.map(showTarget) } };
  };
}

export function getNotificationTarget(deps: Deps): Handler<typeof operations.getNotificationTarget> {
  return async ({ caller, params }) => ({
    status: 200,
    body: showTarget(await deps.notificationTargets.get(caller, params.target)),
  });
}

export function changeNotificationTarget(deps: Deps): Handler<typeof operations.changeNotificationTarget> {
  return async ({ caller, params, body }) => {
    const { name, events, token, is_active: isActive } = body;
    let place: { url?: string; gitHost?: string } = {};
    if (body.url !== undefined) {
      const { kind } = await deps.notificationTargets.get(caller, params.target);
      const { url, gitHost } = placed(kind, placeOf(deps, kind, body.url));
      place = { url, ...(gitHost !== null && { gitHost }) };
    }
    const target = await deps.notificationTargets.change(caller, params.target, {
      ...place,
      ...(name !== undefined && { name }),
      ...(events !== undefined && { events }),
      ...(token !== undefined && { token }),
      ...(isActive !== undefined && { isActive }),
    });
    deps.events.notificationTargetChanged({ targetId: target.id, what: 'changed' });
    return { status: 200, body: showTarget(target) };
  };
}

export function rotateNotificationTarget(deps: Deps): Handler<typeof operations.rotateNotificationTarget> {
  return async ({ caller, params }) => {
    const secret = newSecret();
    const until = new Date(Date.now() + BOTH_MS);
    const target = await deps.notificationTargets.rotate(caller, params.target, secret, until);
    deps.events.notificationTargetChanged({ targetId: target.id, what: 'rotated' });
    return { status: 200, body: { target: showTarget(target), secret } };
  };
}

export function removeNotificationTarget(deps: Deps): Handler<typeof operations.removeNotificationTarget> {
  return async ({ caller, params }) => {
    await deps.notificationTargets.remove(caller, params.target);
    deps.events.notificationTargetChanged({ targetId: params.target, what: 'removed' });
    return { status: 204 };
  };
}

function placeOf(
  { checkReceiver }: Pick<Deps, 'checkReceiver'>,
  kind: TargetKind,
  url: string | null,
): string {
  if (url === null) throw wrong('url', 'is missing');
  if (kind !== 'webhook' && /\?/.test(url)) throw wrong('url', 'is the base of an API, without "?"');
  checkReceiver(kind, new URL(url));
  return kind === 'webhook' ? url : url.replace(/\/+$/, '');
}

function placed(kind: TargetKind, url: string): { url: string; gitHost: string | null } {
  return { url, gitHost: kind === 'webhook' ? null : gitHostOf(new URL(url).hostname) };
}

function wrong(field: string, message: string): KilnError {
  return new KilnError('invalid_request', { fields: [{ field, message }] });
}
