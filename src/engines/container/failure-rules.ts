import { namedInstruction } from '../../domain/builds/named-instruction.js';
import { killedHint } from '../output/killed-hint.js';
import { brief, told, type Explanation } from '../buildah/registry-failure.js';

/** An error text of `buildah build` (1.43, recorded in test/engines/container/fixtures). */
export function explainBuild(error: string, instruction: string | null): Explanation {
  const [, exitCode] = /while running runtime: exit status (\d+)/.exec(error) ?? [];
  if (/no space left on device/.test(error))
    return told('disk_full', 'build', 'The disk of the build host is full.');
  if (exitCode !== undefined) {
    return told(
      'build_step_failed',
      'build',
      `${shortened(instruction)} failed with exit code ${exitCode}${killedHint(exitCode)}.`,
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
      `"${path.replace(/^(?:.*\/)?context\//, '')}" is not there to be copied: it is neither in the build context (see .dockerignore) nor in the named stage.`,
    );
  }
  if (/target .* was not found|the target .* could not be found/i.test(error))
    return told('dockerfile_invalid', 'compile', 'The Dockerfile has no such stage; correct "target_stage".');
  if (instruction === null) return told('engine_failed', 'build', `buildah failed: ${brief(error)}.`);
  const what = error.replace(/^building at STEP ".*": /s, '');
  return told('build_step_failed', 'build', `${shortened(instruction)}: ${brief(what)}.`);
}

function shortened(instruction: string | null): string {
  if (instruction === null) return 'A step';
  return namedInstruction(instruction);
}
