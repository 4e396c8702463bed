import { NewBuild, type NewBuildInput } from '../contracts/new-build.js';
import type { prepareRequest } from './build-request.js';
import { CommandFailure } from './failure.js';
import { NO_GIT_FACTS } from './git-facts.js';

/** Stands for an upload that is still to be made. */
const AN_UPLOAD = '00000000-0000-4000-8000-000000000000';

/** Refuses options that Kiln would refuse, before anything is sent. Raises `invalid_request` with every field. */
export function judgeRequest(request: ReturnType<typeof prepareRequest>): void {
  const body: NewBuildInput = request({ uploadId: AN_UPLOAD, dockerfile: null }, NO_GIT_FACTS);
  const judged = NewBuild.safeParse(body);
  if (judged.success) return;
  const fields = judged.error.issues.map(({ path, message }) => ({ field: path.join('.'), message }));
  throw new CommandFailure('invalid_request', {
    message: fields.map(({ field, message }) => `${field}: ${message}`).join(' '),
    fields,
  });
}
