import { NewBuild } from '../contracts/new-build.js';
import { newBuildOf } from '../contracts/preset.js';
import type { BuildTrigger } from '../domain/builds/trigger.js';
import { KilnError } from '../domain/errors.js';
import type { TriggeredBuild } from '../domain/webhooks/decide.js';
import type { Build } from '../ports/records.js';
import type { DueDelivery } from '../ports/webhooks.js';
import { acceptBuild } from './accept-build.js';
import type { AcceptanceDeps } from './deps.js';

/**
 * Accepts the build that a delivery asks for, once: however often it is called for the same one, the build is that of the first time.
 * Raises what is wrong with the build, in words that name the preset where that is to be changed.
 */
export async function startDelivery(
  deps: AcceptanceDeps,
  delivery: DueDelivery,
): Promise<{ readonly build: Build; readonly created: boolean }> {
  const { asked, webhookId, deliveryId, buildCount } = delivery;
  const key = `webhook:${webhookId}:${deliveryId}${buildCount === 1 ? '' : `:${buildCount}`}`;
  return acceptBuild(
    deps,
    { tenantId: delivery.tenantId, userId: null },
    {
      project: delivery.projectId,
      body: requestedBy(delivery),
      trigger: triggerOf(delivery),
      git: factsOf(asked),
      withoutSecrets: !asked.mayUseSecrets,
      idempotency: { key, request: { delivery: deliveryId } },
    },
  );
}

function triggerOf({ isMissedPush, asked, webhook, id }: DueDelivery): BuildTrigger {
  if (!isMissedPush) return { type: 'webhook', source: `${webhook}, delivery ${id}` };
  const name = (asked.branch ?? asked.tag ?? asked.ref).slice(0, LONGEST.branch);
  return { type: 'git_event', source: `missed push: ${name} at ${asked.sha?.slice(0, 7) ?? ''}` };
}

/**
 * The request for a build that a delivery makes of what its webhook says. The commit that was told of is built, also when the ref has moved
 * on. Raises `invalid_request` where the preset does not fit.
 */
export function requestedBy({
  asked,
  preset,
  buildMethod,
  repositoryUrl,
}: Pick<DueDelivery, 'asked' | 'preset' | 'buildMethod' | 'repositoryUrl'>): NewBuild {
  const source = { url: repositoryUrl, ref: asked.sha ?? asked.ref };
  const made = newBuildOf({ ...preset, method: buildMethod ?? preset.method }, source, asked.values);
  if ('refused' in made) throw new KilnError('invalid_request', { message: made.refused, fix: FIX });
  const parsed = NewBuild.safeParse(made.build);
  if (parsed.success) return parsed.data;
  const fields = parsed.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
  const message = fields.map((one) => `${one.field}: ${one.message}`).join(' ');
  throw new KilnError('invalid_request', { message, fields, fix: FIX });
}

const FIX = 'Change the preset (`kiln webhooks set`), then `kiln webhooks replay` the delivery.';
const LONGEST = { branch: 255, author: 255, message: 4096 } as const;

/** For people: the commit is recorded when it was fetched. */
function factsOf({ branch, author, message }: TriggeredBuild) {
  return {
    commit: null,
    branch: branch?.slice(0, LONGEST.branch) ?? null,
    author: author?.slice(0, LONGEST.author) ?? null,
    message: message?.slice(0, LONGEST.message) ?? null,
  };
}
