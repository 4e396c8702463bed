import type { putSecret as operation } from '../../../contracts/secrets.js';
import { checkSecretValue } from '../../../domain/secrets/secret.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';
import { ownerOf } from './owner.js';
import { showSecret } from './show-secret.js';

export function putSecret(deps: Pick<ApiDeps, 'projects' | 'secrets' | 'events'>): Handler<typeof operation> {
  return async ({ caller, params, query, body }) => {
    const value =
      body.value_base64 === undefined
        ? Buffer.from(body.value ?? '', 'utf8')
        : Buffer.from(body.value_base64, 'base64');
    checkSecretValue(value, body.value_base64 === undefined ? 'value' : 'value_base64');
    const projectId = await ownerOf(deps, caller, query.project);
    const secret = await deps.secrets.put(caller, projectId, params.secret, value);
    deps.events.secretStored({ kind: 'secret', name: secret.name, project: secret.project });
    return { status: 200, body: showSecret(secret) };
  };
}
