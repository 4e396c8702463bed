import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { KilnError } from '../../domain/errors.js';
import { serviceEnvironment } from './service-environment.js';
import type { ServiceUser } from './service-user.js';

/** The name of the superuser that initdb makes. */
export const SUPERUSER = 'kiln';

/** The superuser's password: made once, kept in `<state>/secrets/postgres-superuser` with mode 600. */
export async function providePassword(stateFolder: string): Promise<string> {
  const path = join(stateFolder, 'secrets', 'postgres-superuser');
  const kept = await readFile(path, 'utf8').catch(() => '');
  if (kept !== '') return kept;
  const password = randomBytes(24).toString('base64url');
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await writeFile(`${path}.new`, password, { mode: 0o600 });
  await rename(`${path}.new`, path);
  return password;
}

/** Makes the data folder unless it is there: beside its place, then renamed, so that a killed start leaves no half. */
export async function initialisePostgres(
  folder: string,
  binaries: string,
  password: string,
  user: ServiceUser | undefined,
): Promise<string> {
  const dataFolder = join(folder, 'data');
  if (await stat(dataFolder).catch(() => undefined)) return dataFolder;
  const fresh = join(folder, 'data.new');
  const passwordFile = join(folder, 'password.new');
  await rm(fresh, { recursive: true, force: true });
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (user !== undefined) await chown(passwordFile, user.userId, user.groupId);
  const locale = process.platform === 'linux' ? 'C.UTF-8' : 'C';
  const args = [
    '-D',
    fresh,
    '-U',
    SUPERUSER,
    '-E',
    'UTF8',
    `--locale=${locale}`,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
  ];
  const result = await execa(join(binaries, 'initdb'), args, {
    reject: false,
    all: true,
    cwd: folder,
    env: serviceEnvironment(process.env),
    extendEnv: false,
    ...(user === undefined ? {} : { uid: user.userId, gid: user.groupId }),
  });
  await rm(passwordFile, { force: true });
  if (result.exitCode !== 0)
    throw new KilnError('service_start_failed', {
      message: explainInitdb(binaries, user, result.all || result.shortMessage || ''),
    });
  await rename(fresh, dataFolder);
  return dataFolder;
}

function explainInitdb(binaries: string, user: ServiceUser | undefined, output: string): string {
  const reach =
    user === undefined
      ? ''
      : ` The user "${user.name}" must be able to reach ${binaries}; set KILN_CACHE_DIR to a folder that every user can walk to.`;
  return `initdb did not make the data folder of PostgreSQL.${/EACCES/.test(output) ? reach : ''}\n${output}`;
}
