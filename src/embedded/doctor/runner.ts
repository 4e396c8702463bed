import { METHODS, METHOD_NAMES } from '../../engines/methods.js';
import { dockerCall } from '../../runners/docker/engine-api.js';
import type { DoctorRow } from '../doctor.js';

const LOOK_MS = 5000;

/** Checks where builds run: nothing to check for the runner local, the engine of KILN_DOCKER_HOST for the runner docker. */
export async function checkRunner(env: Readonly<Record<string, string | undefined>>): Promise<DoctorRow> {
  if (env['KILN_RUNNER'] !== 'docker') return row('ok', 'local', '', '');
  const address = env['KILN_DOCKER_HOST'] ?? 'unix:///var/run/docker.sock';
  const call = dockerCall(address.replace(/^unix:\/\//, ''));
  const answer = await call('GET', '/version', { signal: AbortSignal.timeout(LOOK_MS) }).catch(() => null);
  if (answer?.status !== 200) {
    const remedy =
      'No Docker engine answers there: start one on this machine, let this user use its socket, and name it with KILN_DOCKER_HOST. Or leave KILN_RUNNER out.';
    return row('missing', 'docker', address, remedy);
  }
  const { Version: version } = answer.body as { Version?: string };
  const remedy = `Not offered: ${(await methodsLeftOut()).join(', ')}. They start containers themselves, which nothing in a container of the engine can; KILN_RUNNER=local offers them.`;
  return row('warn', `docker ${version ?? ''}`, address, remedy);
}

async function methodsLeftOut(): Promise<string[]> {
  const engines = await Promise.all(METHOD_NAMES.map((name) => METHODS[name]!.engine()));
  return engines.flatMap(({ method, reachOf }) => (reachOf === undefined ? [method] : []));
}

function row(status: DoctorRow['status'], version: string, path: string, remedy: string): DoctorRow {
  return { name: 'runner', status, version, origin: 'machine', path, remedy };
}
