import type { FailureStage } from '../../domain/builds/status.js';
import type { ErrorCode } from '../../domain/errors.js';
import { registryOf } from '../../domain/images/registry-host.js';

/** What happened, in words for the person whose build it was. */
export interface Explanation {
  readonly code: ErrorCode;
  readonly stage: FailureStage;
  readonly message: string;
}

/** An error text of `buildah build` (1.43, recorded in test/engines/container/fixtures). */
export function explainBuild(error: string, instruction: string | null): Explanation {
  const [, exitCode] = /while running runtime: exit status (\d+)/.exec(error) ?? [];
  if (/no space left on device/.test(error))
    return told('disk_full', 'build', 'The disk of the build host is full.');
  if (exitCode !== undefined) {
    const hint = exitCode === '137' ? '; 137 means that it was killed, most often for want of memory' : '';
    return told(
      'build_step_failed',
      'build',
      `${shortened(instruction)} failed with exit code ${exitCode}${hint}.`,
    );
  }
  const [, image] =
    /(\S+): image not known/.exec(error) ??
    /from=(\S+): no stage or image found with that name/.exec(error) ??
    [];
  if (image !== undefined) {
    return told(
      'host_not_allowed',
      'build',
      `The builder did not fetch ${image}: the Dockerfile does not tell it, so nobody has judged it. Where ONBUILD of a base image names it, name it in the Dockerfile itself.`,
    );
  }
  const [, path] =
    /(?:stat|lstat) \S*?"?([^\s":]+)"?: no such file or directory|"([^"]+)": no such file or directory|no items matching glob "([^"]+)"/
      .exec(error)
      ?.slice(1)
      .filter((part) => part !== undefined)
      .map((part) => ['', part])
      .at(-1) ?? [];
  if (path !== undefined && /^(?:COPY|ADD)\b/i.test(instruction ?? '')) {
    return told(
      'build_step_failed',
      'build',
      `"${path.replace(/^.*\/context\//, '')}" is not there to be copied: it is neither in the build context (see .dockerignore) nor in the named stage.`,
    );
  }
  if (/target .* was not found|the target .* could not be found/i.test(error))
    return told('dockerfile_invalid', 'compile', 'The Dockerfile has no such stage; correct "target_stage".');
  if (instruction === null) return told('engine_failed', 'build', `buildah failed: ${brief(error)}.`);
  const what = error.replace(/^building at STEP ".*": /s, '');
  return told('build_step_failed', 'build', `${shortened(instruction)}: ${brief(what)}.`);
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
  if (/\b40[13]\b|denied|nauthorized|insufficient_scope|authentication required/.test(why)) {
    const host = registryOf(image) ?? 'HOST';
    return told(
      'registry_denied',
      stage,
      `${what}: the registry refused the credentials (${brief(why)}). Store one that is accepted with \`kiln credentials set registry ${host} --username NAME\` (add --project where the project has one of its own).`,
    );
  }
  if (/dial tcp|no such host|timeout|connection re|EOF|TLS|tls:|x509|lookup /.test(why))
    return told('registry_unreachable', stage, `${what}: the registry does not answer (${brief(why)}).`);
  return told('registry_failed', stage, `${what}: ${brief(why)}.`);
}

function shortened(instruction: string | null): string {
  if (instruction === null) return 'A step';
  return instruction.length <= 120 ? instruction : `${instruction.slice(0, 117)}...`;
}

/** The end of a nested error, which says what really happened, without URLs. */
function brief(why: string): string {
  const last = why.trim().split(/:\s+/).slice(-2).join(': ');
  return last.replace(/https?:\/\/\S+/g, 'its API').slice(0, 300);
}

function told(code: ErrorCode, stage: FailureStage, message: string): Explanation {
  return { code, stage, message };
}
