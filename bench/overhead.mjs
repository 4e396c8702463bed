import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openScratch } from './closing.mjs';
import { ensureBuilt, ensureDependencies } from '../bin/bootstrap.mjs';
import { installKiln } from './installed.mjs';
import { METHODS } from './overhead-methods.mjs';
import { alternate, summary, timed } from './timing.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** What Kiln may take more than the bare tool: the larger of the two. */
const ALLOWED = { ms: 500, share: 0.03 };

export const USAGE = `npm run bench -- overhead [--method ${Object.keys(METHODS).join('|')}]... [--rounds N] [--json]
  what \`kiln build\` takes over the bare tool that does the same work, cold and warm`;

/** What `kiln build` takes over the bare tool that does the same work, by method, cold and warm. */
export async function measure(args, closing) {
  const { values: options } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      method: { type: 'string', multiple: true, default: Object.keys(METHODS) },
      rounds: { type: 'string', default: '7' },
    },
  });
  const unknown = options.method.find((method) => METHODS[method] === undefined);
  if (unknown !== undefined)
    throw new Error(`--method ${unknown}: there is no row for it in overhead-methods.mjs.`);
  await ensureDependencies();
  await ensureBuilt();
  const { startStack } = await import('../dist/src/embedded/stack.js');
  const { provideBaseImage } = await import('../dist/src/embedded/base-image.js');
  const stateFolder = path.join(ROOT, '.kiln', 'bench');
  const wanted = [...new Set(options.method.map(methodOf))];
  const stack = await closing.open(
    () => startStack({ stateFolder, slots: 2, methods: wanted, report: () => undefined }),
    (started) => started.stop(),
  );
  const scratch = await openScratch(closing);
  const { reference: base } = await provideBaseImage({ registryUrl: `http://${stack.access.registry}` });
  const program = installKiln(ROOT, path.join(stateFolder, 'installed'));
  const site = { ...stack.access, base, scratch, stateFolder, program, host: hostOf(stateFolder) };
  const node_start_ms = await nodeStart();
  if (!options.json) console.log(`node starts and ends in ${node_start_ms} ms`);
  const methods = {};
  for (const method of options.method) {
    methods[method] = await measureMethod(method, site, Number(options.rounds));
    if (!options.json) print(method, methods[method]);
  }
  if (options.json)
    console.log(JSON.stringify({ rounds: Number(options.rounds), allowed: ALLOWED, node_start_ms, methods }));
}

/** How fast the machine is at the moment, to compare figures of two runs by: the median of ten starts of an empty program, in milliseconds. */
async function nodeStart() {
  const taken = [];
  for (let start = 0; start < 10; start += 1)
    taken.push((await timed([[process.execPath, '-e', '0']], process.env)).elapsedMs);
  return summary(taken).median;
}

async function measureMethod(name, given, rounds) {
  const row = METHODS[name];
  await makeProject(given, name);
  const site = { ...given, example: row.example };
  Object.assign(site, await row.provide?.(site));
  const results = { bare: row.bare };
  for (const [warmth, isCold] of [
    ['cold', true],
    ['warm', false],
  ]) {
    const { bare, kiln } = await alternate(rounds, {
      bare: async () => {
        const { commands, env, image } = await row.prepare(site, isCold);
        const taken = await timed(commands, env ?? process.env);
        await requirePushed(image);
        return taken;
      },
      kiln: () => timed([kilnBuild(name, row, site, isCold)], kilnEnvironment(site)),
    });
    results[warmth] = compared(bare, kiln);
  }
  return results;
}

/** A method that is for trusted projects gets one. The project is there already when the state is that of an earlier run. */
async function makeProject({ api_url, token }, name) {
  const { METHODS: offered } = await import('../dist/src/engines/methods.js');
  const isForTrusted = offered[methodOf(name)].isForTrusted === true;
  const trust = METHODS[name].trust ?? (isForTrusted ? 'trusted' : 'untrusted');
  const response = await fetch(`${api_url}/v1/projects`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ slug: projectOf(name), trust }),
  });
  if (response.status !== 201 && response.status !== 409)
    throw new Error(`The project ${projectOf(name)} could not be made: ${await response.text()}`);
}

const projectOf = (name) => `bench-${name}`;
const methodOf = (name) => METHODS[name].method ?? name;

function kilnBuild(name, row, site, isCold) {
  return [
    ...[process.execPath, site.program, 'build', site.example, '--json', '--progress', 'none'],
    ...['--project', projectOf(name), '--method', methodOf(name)],
    ...row.kilnOptions(site, isCold),
  ];
}

/** A tool that has pushed nothing has not done the same work. */
async function requirePushed(image) {
  const [, host, repository, tag] = /^([^/]+)\/(.+):([^:/]+)$/.exec(image);
  const headers = {
    accept:
      'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json',
  };
  const { status } = await fetch(`http://${host}/v2/${repository}/manifests/${tag}`, {
    method: 'HEAD',
    headers,
  });
  if (status !== 200)
    throw new Error(`The bare tool has not pushed ${image}: the registry answers ${status}.`);
}

function kilnEnvironment({ api_url, token }) {
  return { ...process.env, KILN_API_URL: api_url, KILN_TOKEN: token };
}

function compared(bare, kiln) {
  const ofBare = summary(bare.map(({ elapsedMs }) => elapsedMs));
  const ofKiln = summary(kiln.map(({ elapsedMs }) => elapsedMs));
  const ofBuild = summary(kiln.map(({ stdout }) => 1000 * JSON.parse(stdout).seconds));
  const above = ofKiln.median - ofBare.median;
  const allowed = Math.round(Math.max(ALLOWED.ms, ofBare.median * ALLOWED.share));
  return {
    ...figures('bare', ofBare),
    ...figures('kiln', ofKiln),
    ...figures('build', ofBuild),
    ratio: Math.round((ofKiln.median / ofBare.median) * 100) / 100,
    above_ms: above,
    allowed_ms: allowed,
    within: above <= allowed,
  };
}

function figures(name, { median, min, max }) {
  return { [`${name}_ms`]: median, [`${name}_min_ms`]: min, [`${name}_max_ms`]: max };
}

/** Where the supervisor of the stack finds its tools: the bare tool is the same one, with the same builder. */
function hostOf(stateFolder) {
  const file = path.join(stateFolder, 'services', 'supervisor.json');
  const { pid } = JSON.parse(readFileSync(file, 'utf8')).process;
  const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  return Object.fromEntries(entries.map((entry) => entry.split(/=(.*)/s).slice(0, 2)));
}

function print(method, { bare, ...results }) {
  console.log(`${method}: bare is ${bare}`);
  for (const [name, row] of Object.entries(results)) {
    const range = (side) => `${row[`${side}_ms`]} ms (${row[`${side}_min_ms`]}-${row[`${side}_max_ms`]})`;
    console.log(
      `  ${name}  bare ${range('bare')}   kiln ${range('kiln')}, of it the build ${row.build_ms} ms   ratio ${row.ratio}   ` +
        `+${row.above_ms} ms, ${row.within ? 'within' : 'over'} ${row.allowed_ms} ms`,
    );
  }
}
