import { namedInstruction } from '../../domain/builds/named-instruction.js';
import { formatBytes } from '../../domain/format-bytes.js';
import { registryOf } from '../../domain/images/registry-host.js';
import { excerpt } from '../../domain/excerpt.js';
import { judgeRegistryWords, storeCredential } from '../../domain/images/registry-words.js';
import type { FailureStage } from '../../domain/builds/status.js';
import { killedHint } from '../output/killed-hint.js';
import type { ErrorCode } from '../../domain/errors.js';

/** What happened, in words for the person whose build it was. */
export interface Explanation {
  readonly code: ErrorCode;
  readonly stage: FailureStage;
  readonly message: string;
}

interface Rule {
  readonly pattern: RegExp;
  explain(match: RegExpExecArray, instruction: string | null): Explanation;
}

/** BuildKit's error texts (v0.29, recorded in test/engines/buildx/fixtures) and what they mean. The first match wins. */
const RULES: readonly Rule[] = [
  {
    pattern: /source "(.*?)" denied by policy/,
    explain: ([, source = '']) =>
      stop(
        'host_not_allowed',
        'build',
        `The builder did not fetch ${source}: the Dockerfile does not tell its host, so nobody has judged it. Where ONBUILD or ENV of a base image names it, name it in the Dockerfile itself.`,
      ),
  },
  {
    // What a firewall answers for a closed network (src/embedded/services/egress-rules.ts, IPAddressDeny of systemd).
    pattern:
      /dial tcp (\S+):\d+: connect: (?:protocol not available|permission denied|operation not permitted)/,
    explain: ([, address = '']) =>
      stop(
        'host_not_allowed',
        'build',
        `The builder was led to ${address}, by a name or a redirect, and may not go there. The operator can permit it with KILN_ALLOWED_NETWORKS.`,
      ),
  },
  {
    pattern: /failed to push (\S+?): (.*)/s,
    explain: ([, image = '', why = '']) =>
      registryTrouble('push', image, `The image could not be pushed to ${image}`, why),
  },
  {
    pattern: /failed to resolve source metadata for (\S+): (.*)/s,
    explain: ([, image = '', why = '']) => unreadableBase(image, why),
  },
  {
    pattern: /exit code: \d+: context canceled|Canceled: context canceled|^context canceled/,
    explain: () => stop('engine_failed', 'build', 'The build was stopped from outside before it was done.'),
  },
  {
    pattern: /did not complete successfully: exit code: (\d+)/,
    explain: ([, code = ''], instruction) => {
      return stop(
        'build_step_failed',
        'build',
        `${shortened(instruction)} failed with exit code ${code}${killedHint(code)}.`,
      );
    },
  },
  {
    pattern: /failed to calculate checksum of ref \S+ "(.*?)": not found/,
    explain: ([, path = '']) =>
      stop(
        'build_step_failed',
        'build',
        `"${path}" is not there to be copied: it is neither in the build context (see .dockerignore) nor in the named stage.`,
      ),
  },
  {
    pattern: /failed to read dockerfile: open (.*?): no such file/,
    explain: ([, path = '']) =>
      stop(
        'dockerfile_missing',
        'compile',
        `There is no ${path} in the build context. Name its path with "dockerfile".`,
      ),
  },
  {
    pattern: /dockerfile parse error on line \d+: (.*)/,
    explain: ([, what = '']) => invalidDockerfile(what),
  },
  {
    // Values of --mount that stand in a variable.
    pattern:
      /(?:unsupported mount type|unsupported sharing value) ".*?"|unexpected key '.*?' (?:in|for mount type) '.*?'/,
    explain: ([what]) => invalidDockerfile(what),
  },
  {
    pattern: /target stage "(.*)" could not be found/,
    explain: ([, stage = '']) =>
      stop(
        'dockerfile_invalid',
        'compile',
        `The Dockerfile has no stage named "${stage}"; correct "target_stage".`,
      ),
  },
  {
    pattern:
      /base name \((.*?)\) should not be blank|failed to parse stage name "(.*?)"|circular dependency detected/,
    explain: (match) => invalidDockerfile(match[0]),
  },
  {
    pattern: /((?:network|security)\.\w+|device) is not allowed/,
    explain: ([, what = '']) =>
      stop(
        'build_step_failed',
        'build',
        `The Dockerfile asks for "${what}", which this builder grants to nobody.`,
      ),
  },
  {
    pattern: /no SSH key "(.*?)" forwarded from the client/,
    explain: ([, id]) =>
      stop(
        'build_step_failed',
        'build',
        `The step wants the SSH key "${id || 'default'}", which the build does not name. Name a stored one with --ssh id=${id || 'default'},name=NAME, or "ssh" in kiln.yaml.`,
      ),
  },
  {
    // Of the launcher (stage-launch.ts).
    pattern: /^the artifacts have more than (\d+) bytes/,
    explain: ([, bytes]) =>
      stop(
        'artifact_too_large',
        'build',
        `What is to be kept of the build has more than ${formatBytes(Number(bytes))}.`,
      ),
  },
  {
    pattern: /no space left on device|ENOSPC/,
    explain: () => stop('disk_full', 'build', 'The disk of the builder is full.'),
  },
  {
    pattern: /failed to list workers|code = Unavailable|error reading from server|transport is closing/,
    explain: () =>
      stop(
        'builder_unavailable',
        'build',
        'BuildKit does not answer, or went away during the build. A retry may help.',
      ),
  },
];

/** Explains an error text of BuildKit; null when no rule knows it. */
export function matchFailure(error: string, instruction: string | null): Explanation | null {
  for (const rule of RULES) {
    const match = rule.pattern.exec(error);
    if (match !== null) return rule.explain(match, instruction);
  }
  return null;
}

/** A Dockerfile that BuildKit refuses, in BuildKit's words. */
export function invalidDockerfile(what: string): Explanation {
  return stop('dockerfile_invalid', 'compile', `The Dockerfile has an error: ${what}.`);
}

/** What an artifact, or the reports of tests, were to be. */
export function missingArtifact(
  path: string,
  of: { readonly name: string; readonly stage: string } | null,
): Explanation {
  const where = of === null ? 'the stage that it is to be kept of' : `the stage ${of.stage}`;
  const what = of === null ? '' : ` for the artifact ${of.name}`;
  return stop(
    'artifact_unusable',
    'build',
    `There is no ${path} in ${where}${what}: see "artifacts" and "tests.reports" of the build.`,
  );
}

/** What the kernel says of a program that is for another processor. */
export function foreignProgram(program: string): Explanation {
  return stop(
    'platform_not_runnable',
    'build',
    `${program} of the image is a program for another platform, which this build host cannot run.`,
  );
}

/** Why a base image could not be read. A registry with tokens says the same of an image that is not there and of one that is closed. */
export function unreadableBase(image: string, why: string): Explanation {
  if (why.includes('no match for platform in manifest'))
    return stop(
      'base_image_missing',
      'build',
      `The base image ${image} is not there for each platform of the build: leave a platform out, or take an image that has them.`,
    );
  return /not found/.test(why)
    ? stop('base_image_missing', 'build', `The base image ${image} does not exist on its registry.`)
    : registryTrouble('build', image, `The base image ${image} could not be read`, why);
}

function registryTrouble(stage: FailureStage, image: string, what: string, why: string): Explanation {
  if (/does not exist or may require authorization/.test(why)) {
    return stop(
      'registry_denied',
      stage,
      `${what}: it does not exist, or is closed. ${storeCredential(registryOf(image) ?? 'HOST')}`,
    );
  }
  const trouble = judgeRegistryWords(why, image);
  return trouble === null
    ? stop('registry_failed', stage, `${what}: ${brief(why)}.`)
    : stop(trouble.code, stage, `${what}: ${trouble.what} (${brief(why)}). ${trouble.remedy}`);
}

/** The end of BuildKit's nested error, which says what really happened, without URLs. */
function brief(why: string): string {
  const status = /\b\d{3} [A-Z][A-Za-z ]+$/.exec(why);
  const last = status?.[0] ?? why.split(/:\s+/).slice(-2).join(': ');
  return excerpt(last.replace(/https?:\/\/\S+/g, 'its API'), 300);
}

function shortened(instruction: string | null): string {
  if (instruction === null) return 'A step';
  return namedInstruction(instruction);
}

function stop(code: ErrorCode, stage: FailureStage, message: string): Explanation {
  return { code, stage, message };
}
