/**
 * What Kiln costs over the bare tool: builds examples/hello with `buildctl` and with `kiln build`, in turn, in one run, on one BuildKit
 * and one registry. Prints medians in milliseconds and their ratio; `--json` prints one line. Run: node bench/overhead.mjs [--rounds 7]
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt, ensureDependencies } from '../bin/bootstrap.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const EXAMPLE = path.join(ROOT, 'examples', 'hello');
const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '7' }, json: { type: 'boolean', default: false } },
});

await ensureDependencies();
await ensureBuilt();
const { startStack } = await import('../dist/src/embedded/stack.js');
const { provideBaseImage } = await import('../dist/src/embedded/base-image.js');

const stateFolder = path.join(ROOT, '.kiln', 'bench');
const stack = await startStack({ stateFolder, slots: 2, report: () => undefined });
try {
  const { access } = stack;
  const base = (await provideBaseImage({ registryUrl: `http://${access.registry}` })).reference;
  const buildctl = buildctlOf(stateFolder);
  const bare = (extra) => [
    buildctl.path,
    ...['--addr', buildctl.address, 'build', '--frontend', 'dockerfile.v0', '--progress', 'rawjson'],
    ...['--local', `context=${EXAMPLE}`, '--local', `dockerfile=${EXAMPLE}`],
    ...['--opt', `build-arg:BASE=${base}`, ...extra],
    ...[
      '--output',
      `type=image,name=${access.registry}/bare:${randomUUID()},push=true,registry.insecure=true`,
    ],
  ];
  const kiln = (extra) => [
    process.execPath,
    path.join(ROOT, 'bin', 'kiln.mjs'),
    ...[
      'build',
      EXAMPLE,
      '--project',
      'bench',
      '--build-arg',
      `BASE=${base}`,
      '--progress',
      'none',
      ...extra,
    ],
  ];
  const env = { KILN_API_URL: access.api_url, KILN_TOKEN: access.token };
  const results = {
    'every step runs': await compare(
      () => bare(['--no-cache']),
      () => kiln(['--no-cache']),
      env,
    ),
    'every step is cached': await compare(
      () => bare([]),
      () => kiln([]),
      env,
    ),
  };
  print(results);
} finally {
  await stack.stop();
}

/** Medians over the rounds; the two commands alternate, so that the machine's mood hits both. */
async function compare(bare, kiln, env) {
  await timed(bare(), {});
  await timed(kiln(), env);
  const times = { bare: [], kiln: [] };
  for (let round = 0; round < Number(options.rounds); round += 1) {
    times.bare.push(await timed(bare(), {}));
    times.kiln.push(await timed(kiln(), env));
  }
  const bareMs = median(times.bare);
  const kilnMs = median(times.kiln);
  return {
    bare_ms: bareMs,
    kiln_ms: kilnMs,
    overhead_ms: kilnMs - bareMs,
    ratio: Math.round((kilnMs / bareMs) * 100) / 100,
  };
}

function timed([program, ...args], env) {
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'ignore', env: { ...process.env, ...env } });
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0
        ? resolve(Math.round(performance.now() - startedAt))
        : reject(new Error(`${program} ended with ${code}`)),
    );
  });
}

function median(numbers) {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
}

/** The builder that the stack's supervisor uses. */
function buildctlOf(folder) {
  const { process: supervisor } = JSON.parse(
    readFileSync(path.join(folder, 'services', 'supervisor.json'), 'utf8'),
  );
  const environment = readFileSync(`/proc/${supervisor.pid}/environ`, 'utf8').split('\0');
  const value = (name) => environment.find((entry) => entry.startsWith(`${name}=`))?.slice(name.length + 1);
  return { path: value('KILN_BUILDCTL_PATH'), address: value('KILN_BUILDKIT_ADDRESS') };
}

function print(results) {
  if (options.json) return console.log(JSON.stringify({ rounds: Number(options.rounds), results }));
  for (const [name, row] of Object.entries(results)) {
    console.log(
      `${name.padEnd(22)} bare ${row.bare_ms} ms   kiln ${row.kiln_ms} ms   +${row.overhead_ms} ms   ratio ${row.ratio}`,
    );
  }
}
