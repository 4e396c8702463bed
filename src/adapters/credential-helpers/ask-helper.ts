import { spawn } from 'node:child_process';
import { KilnError } from '../../domain/errors.js';
import type { CredentialHelper } from '../../domain/network/credential-helper.js';
import type { RegistryCredential } from '../../ports/secrets.js';

const MAX_ANSWER_BYTES = 256 * 1024;
/** What Docker Hub is called among helpers, for historical reasons. */
const DOCKER_HUB = 'https://index.docker.io/v1/';
/** Docker's helpers say so, and end with an error, where they know nothing of a host. */
const NOT_FOUND = 'credentials not found in native keychain';

export interface HelperOptions {
  readonly timeoutMs?: number;
  /** That of this process when absent. */
  readonly env?: NodeJS.ProcessEnv;
}

/**
 * Asks `docker-credential-NAME get` for the credential of a registry, on this host; null where it has none. Raises registry_denied, which
 * never carries what the program said: it may be a secret.
 */
export async function askHelper(
  { host, name }: CredentialHelper,
  options: HelperOptions = {},
): Promise<RegistryCredential | null> {
  const program = `docker-credential-${name}`;
  const { code, stdout } = await run(program, host === 'docker.io' ? DOCKER_HUB : host, options);
  if (code !== 0 && stdout.trim() === NOT_FOUND) return null;
  if (code !== 0) throw refused(program, host, `ended with ${code ?? 'a signal, or after its time'}`);
  const answer = parse(stdout);
  if (answer === null) throw refused(program, host, 'gave no user and secret');
  if (answer.username === '<token>')
    throw refused(program, host, 'gave an identity token, which Kiln cannot use');
  return { host, ...answer };
}

function run(
  program: string,
  input: string,
  { env, timeoutMs = 20_000 }: HelperOptions,
): Promise<{ code: number | null; stdout: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env,
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const parts: Buffer[] = [];
    let size = 0;
    child.stdout.on('data', (part: Buffer) => {
      size += part.length;
      if (size > MAX_ANSWER_BYTES) child.kill('SIGKILL');
      else parts.push(part);
    });
    child.once('error', () => reject(refused(program, input, 'cannot be started')));
    child.once('close', (code) => resolve({ code, stdout: Buffer.concat(parts).toString('utf8') }));
    // A helper that ends without reading is told by its exit code.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
  });
}

function parse(stdout: string): { username: string; password: string } | null {
  try {
    const { Username: username, Secret: password } = JSON.parse(stdout) as Record<string, unknown>;
    if (typeof username !== 'string' || typeof password !== 'string' || password === '') return null;
    return { username, password };
  } catch {
    return null;
  }
}

function refused(program: string, host: string, why: string): KilnError {
  return new KilnError('registry_denied', {
    message: `The credential for ${host} cannot be had: ${program} ${why}. Run \`echo ${host} | ${program} get\` as the user of Kiln on the host that pushes, or take it out of KILN_CREDENTIAL_HELPERS.`,
  });
}
