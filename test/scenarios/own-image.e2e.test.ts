import { afterAll, beforeAll, expect, test } from 'vitest';
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { AUTHORITIES, provideBuildctlImage, provideNodeImage } from '../support/node-base-image.js';
import { hasEnded, startKiln, type TestKiln } from './kiln.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const MINUTES = 60_000;

let kiln: TestKiln;
beforeAll(async () => {
  // An ordinary user can make no bridge for RUN steps, and these fetch packages.
  kiln = await startKiln(process.getuid?.() === 0 ? {} : { KILN_BUILD_NETWORK: 'host' });
  await kiln.json('POST', '/v1/projects', { slug: 'kiln', trust: 'trusted' });
}, 5 * MINUTES);
afterAll(() => kiln.stop(), MINUTES);

/** What `kiln setup` would write for each process of docker-compose.yml; nothing answers at these addresses. */
const WRITTEN = {
  api: { KILN_DATABASE_URL: 'postgres://kiln@127.0.0.1:9/kiln', KILN_TEMPORAL_ADDRESS: '127.0.0.1:9' },
  controller: {
    KILN_CONTROLLER_DATABASE_URL: 'postgres://kiln@127.0.0.1:9/kiln',
    KILN_TEMPORAL_ADDRESS: '127.0.0.1:9',
  },
  supervisor: { KILN_API_URL: 'http://127.0.0.1:9', KILN_WORKER_TOKEN: 'no-real-token' },
  worker: {
    KILN_TEMPORAL_ADDRESS: '127.0.0.1:9',
    KILN_WORKER_ID: '00000000-0000-4000-8000-000000000001',
  },
} as const;
const PROCESSES = Object.keys(WRITTEN) as (keyof typeof WRITTEN)[];

const compose = parse(readFileSync(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }) as {
  readonly services: Readonly<
    Record<
      keyof typeof WRITTEN,
      {
        readonly command: readonly string[];
        readonly environment: Readonly<Record<string, string>>;
        readonly healthcheck: { readonly test: readonly string[] };
      }
    >
  >;
};

/** A step that starts a process as docker-compose.yml does, and passes when its health check does. */
function startAndAsk(name: keyof typeof WRITTEN): string {
  const { command, environment, healthcheck } = compose.services[name];
  const { KILN_CONFIG_FILE: _file, ...settings } = environment;
  // As Compose fills in what the environment does not hold.
  const variables = Object.entries({ ...settings, ...WRITTEN[name] }).map(
    ([key, value]) => `${key}='${value.replace(/\$\{\w+:-([^}]*)\}/g, '$1')}'`,
  );
  const start = `env ${variables.join(' ')} node --enable-source-maps ${command.join(' ')} > /tmp/log 2>&1 &`;
  const ask = healthcheck.test.slice(1).join(' ');
  return `RUN ${start} for n in $(seq 60); do ${ask} && exit 0; sleep 0.5; done; cat /tmp/log; exit 1`;
}

function run(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(program, args, {
    cwd: ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data) => (stdout += data));
  child.stderr.on('data', (data) => (stderr += data));
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
}

test(
  'Kiln builds its own image, and what is in it runs: commands, and each process of docker-compose.yml',
  async () => {
    const registryUrl = `http://${kiln.access.registry}`;
    const nodeImage = await provideNodeImage(registryUrl);
    const buildctlImage = await provideBuildctlImage(registryUrl);
    await kiln.json('PUT', '/v1/secrets/npmrc', { value: `cafile=${AUTHORITIES}\nfund=false\n` });

    const built = await run(
      process.execPath,
      [
        ...[join(ROOT, 'bin/kiln.cjs'), 'build', ROOT, '--project', 'kiln', '--json', '--progress', 'plain'],
        ...['--file', 'deploy/Dockerfile', '--secret', 'id=npmrc,name=npmrc', '--timeout', '20m'],
        ...['--build-arg', `NODE_IMAGE=${nodeImage}`, '--build-arg', `BUILDCTL_IMAGE=${buildctlImage}`],
      ],
      { KILN_API_URL: kiln.access.api_url, KILN_TOKEN: kiln.access.token },
    );
    if (built.code !== 0) throw new Error(built.stderr.slice(-8_000));
    const summary = JSON.parse(built.stdout) as { status: string; image: string; digest: string };
    expect(summary).toMatchObject({ status: 'success', digest: expect.stringMatching(/^sha256:/) });

    const checks = [
      'test "$(id -u)" = 10001',
      'node bin/kiln.cjs --version',
      'node bin/kiln.cjs setup --help | grep -q KILN_ADMIN_DATABASE_URL',
      'buildctl --version',
      'test ! -e src && test ! -e node_modules/vitest && test ! -e /root/.npmrc',
      'test -w /etc/kiln/api && test -w /var/lib/kiln && test ! -w /opt/kiln',
      'node dist/bundles/api.js 2>&1 | grep -q "KILN_DATABASE_URL: is not set"',
    ];
    const said = checks.map((line) => `echo '${line.replaceAll("'", '')}' && ${line}`);
    const check = await kiln.build(
      [`FROM ${summary.image}`, `RUN ${said.join(' && ')}`, ...PROCESSES.map(startAndAsk), ''].join('\n'),
    );
    const ended = await kiln.until(check.id, hasEnded, 5 * MINUTES);
    if (ended.status !== 'success') throw new Error(await kiln.log(check.id));
  },
  25 * MINUTES,
);
