import { dockerCall } from '../../runners/docker/engine-api.js';
import type { DoctorRow } from '../doctor.js';
import { DEFAULT_DOCKER_HOST, nestingMethods } from '../runner-trouble.js';

const LOOK_MS = 5000;

/** Checks where builds run: nothing to check for the runner local, the engine of KILN_DOCKER_HOST for the runner docker. */
export async function checkRunner(env: Readonly<Record<string, string | undefined>>): Promise<DoctorRow> {
  if (env['KILN_RUNNER'] !== 'docker') return row('ok', 'local', '', '');
  const address = env['KILN_DOCKER_HOST'] ?? DEFAULT_DOCKER_HOST;
  const call = dockerCall(address.replace(/^unix:\/\//, ''));
  const answer = await call('GET', '/version', { signal: AbortSignal.timeout(LOOK_MS) }).catch(() => null);
  if (answer?.status !== 200) {
    const remedy =
      'No Docker engine answers there: start one on this machine, let this user use its socket, and name it with KILN_DOCKER_HOST. Or leave KILN_RUNNER out.';
    return row('missing', 'docker', address, remedy);
  }
  const { Version: version } = answer.body as { Version?: string };
  // This changes nothing, and only a try could tell.
  const nested = (await nestingMethods()).join(', ');
  const remedy = `It offers every method; ${nested} only if the engine lets a container start others, which kiln up tries: it says so where not.`;
  return row('ok', `docker ${version ?? ''}`, address, remedy);
}

function row(status: DoctorRow['status'], version: string, path: string, remedy: string): DoctorRow {
  return { name: 'runner', status, version, origin: 'machine', path, remedy };
}
