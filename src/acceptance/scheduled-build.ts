import { NewBuild } from '../contracts/new-build.js';
import { innermost, plainWords } from '../contracts/plain-words.js';
import { newBuildOf } from '../contracts/preset.js';
import { KilnError } from '../domain/errors.js';
import type { ScheduleSettings } from '../ports/schedules.js';
import type { AskedBuild } from './accept-build.js';

/**
 * The build that a schedule asks for: its preset for the branch as it is when the build begins. `when` is for people: at which of its times,
 * or on whose word. Raises `invalid_request` for one that this
 * Kiln would not take from a person either.
 */
export function scheduledBuild(
  schedule: Pick<ScheduleSettings, 'name' | 'gitUrl' | 'gitBranch' | 'buildMethod' | 'preset'>,
  when: string,
): Pick<AskedBuild, 'body' | 'trigger'> {
  const { gitUrl: url, gitBranch: branch, buildMethod, preset } = schedule;
  const ref = `refs/heads/${branch}`;
  const made = newBuildOf(
    buildMethod === null ? preset : { ...preset, method: buildMethod },
    { url, ref },
    { ref, branch, tag: null, sha: null, number: null },
  );
  if ('refused' in made) throw refused([{ field: 'build_config_preset', message: made.refused }]);
  const judged = NewBuild.safeParse(made.build, { error: plainWords });
  if (judged.success)
    return { body: judged.data, trigger: { type: 'schedule', source: `schedule ${schedule.name}, ${when}` } };
  throw refused(
    judged.error.issues.map((issue) => ({
      field: fieldOf(innermost(issue).path.map(String)),
      message: innermost(issue).message,
    })),
  );
}

/** What the request for a build names a schedule says elsewhere. */
function fieldOf(path: readonly string[]): string {
  const name = path.join('.');
  if (name === 'source.url') return 'git_url';
  if (name === 'source.ref') return 'git_branch';
  return name === 'method' ? 'build_method' : ['build_config_preset', ...path].join('.');
}

function refused(fields: KilnError['fields']): KilnError {
  return new KilnError('invalid_request', {
    message: fields.map(({ field, message }) => `${field}: ${message}`).join(' '),
    fields,
  });
}
