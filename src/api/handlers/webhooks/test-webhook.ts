import type { testWebhook as operation } from '../../../contracts/webhook-operations.js';
import { KilnError } from '../../../domain/errors.js';
import type { Handler } from '../../call.js';
import type { ApiDeps } from '../../deps.js';

/** A commit that no repository has: a test builds none. */
const NO_SUCH_COMMIT = '7e57'.repeat(10);

/** Whoever asks sends it: only so it comes the way on which the git host's requests come, through all that lies before the api. */
export function testWebhook(
  deps: Pick<ApiDeps, 'webhooks' | 'webhookIntake' | 'webhookReader'>,
): Handler<typeof operation> {
  return async ({ caller, params, body }) => {
    const { id, name, repositoryUrl, provider } = await deps.webhooks.get(caller, params.webhook);
    const called = await deps.webhookIntake.find(id);
    if (called === null)
      throw new KilnError('conflict', {
        message: `The webhook ${name} is switched off: its address answers nobody.`,
        fix: `Switch it on with \`kiln webhooks set ${name} --on\`.`,
      });
    const push = { repositoryUrl, ref: body.ref, sha: NO_SUCH_COMMIT };
    const written = deps.webhookReader.writeTest(provider, called.secret, push, new Date());
    if ('refused' in written)
      throw new KilnError('conflict', {
        message: written.refused,
        fix: `\`kiln webhooks rotate ${name}\` makes a new secret.`,
      });
    return { status: 200, body: written };
  };
}
