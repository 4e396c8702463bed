import type { FailureStage } from '../../domain/builds/status.js';
import type { ErrorCode } from '../../domain/errors.js';
import { excerpt } from '../../domain/excerpt.js';
import { judgeRegistryWords } from '../../domain/images/registry-words.js';

/** What happened, in words for the person whose build it was. */
export interface Explanation {
  readonly code: ErrorCode;
  readonly stage: FailureStage;
  readonly message: string;
}

/** An error text of `buildah pull` or `buildah push`. */
export function explainRegistry(phase: 'pull' | 'push', image: string, why: string): Explanation {
  const stage = phase === 'pull' ? 'build' : 'push';
  const what =
    phase === 'pull'
      ? `The base image ${image} could not be read`
      : `The image could not be pushed to ${image}`;
  const [, address] =
    /dial tcp (\S+):\d+: connect: (?:protocol not available|permission denied|operation not permitted)/.exec(
      why,
    ) ?? [];
  if (address !== undefined) {
    return told(
      'host_not_allowed',
      stage,
      `The builder was led to ${address}, by a name or a redirect, and may not go there. The operator can permit it with KILN_ALLOWED_NETWORKS.`,
    );
  }
  if (phase === 'pull' && /manifest unknown|name unknown|not found/.test(why))
    return told('base_image_missing', stage, `The base image ${image} does not exist on its registry.`);
  const trouble = judgeRegistryWords(why, image);
  return trouble === null
    ? told('registry_failed', stage, `${what}: ${brief(why)}.`)
    : told(trouble.code, stage, `${what}: ${trouble.what} (${brief(why)}). ${trouble.remedy}`);
}

/** The end of a nested error, which says what really happened, without URLs. */
export function brief(why: string): string {
  const last = why.trim().split(/:\s+/).slice(-2).join(': ');
  return excerpt(last.replace(/https?:\/\/\S+/g, 'its API'), 300);
}

/** An explanation of its parts. */
export function told(code: ErrorCode, stage: FailureStage, message: string): Explanation {
  return { code, stage, message };
}
