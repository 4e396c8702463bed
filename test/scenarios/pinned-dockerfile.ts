import type { Build } from '../../src/contracts/builds.js';
import { hasEnded, type TestKiln } from './kiln.js';
import { uploadFiles } from './paketo-builds.js';

/** Builds a source whose Dockerfile has an ignore file of its own, and looks from inside at what the builder has taken of it. */
export async function buildIgnoring(kiln: TestKiln, method: string): Promise<Build> {
  const dockerfile = [
    `FROM ${kiln.baseImage} AS first`,
    'COPY . /all/',
    // The source is the author's own, whatever the builder was given.
    `RUN ! test -e /all/hidden && test -e /all/seen && grep -q '^FROM ${kiln.baseImage} AS first$' /all/docker/app.Dockerfile`,
  ].join('\n');
  const upload_id = await uploadFiles(kiln, {
    'docker/app.Dockerfile': dockerfile,
    'docker/app.Dockerfile.dockerignore': 'hidden\n',
    hidden: 'x',
    seen: 'x',
  });
  const { id } = await kiln.json<Build>('POST', '/v1/projects/scenario/builds', {
    method,
    source: { kind: 'upload', upload_id },
    options: { dockerfile: 'docker/app.Dockerfile' },
  });
  return kiln.until(id, (build) => hasEnded(build) && build.log_complete);
}
