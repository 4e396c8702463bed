import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import { statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Builder } from './builder-image.js';
import { certificateFolder } from './crane.js';
import { Fault, lastWords } from './fault.js';
import type { LaunchOrder } from './order.js';
import { FOLDERS } from './phase-container.js';
import { runProgram } from './run-program.js';

const SYSTEM_CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';
/** What Docker Hub is called in a file of credentials. */
const DOCKER_HUB = 'https://index.docker.io/v1/';

/** Gathers what the registries of the run are checked with. */
export function gatherCertificates(order: LaunchOrder): void {
  const folder = certificateFolder(order);
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  for (const [index, from] of [SYSTEM_CERTIFICATES, ...order.certificates].entries())
    if (existsSync(from))
      writeFileSync(path.join(folder, `${index}.crt`), readFileSync(from), { mode: 0o644 });
}

/** Makes the folders that the phases share, and gives them to the user of the builder: the source, what buildpacks are told, results. */
export async function makeFolders(order: LaunchOrder, builder: Builder): Promise<void> {
  const at = (...names: string[]): string => path.join(order.workFolder, ...names);
  for (const name of [...FOLDERS, 'platform/env', 'platform/bindings'])
    mkdirSync(at(name), { recursive: true, mode: 0o755 });
  await must('cp', '--archive', '--reflink=auto', '--', `${sourceFolder(order)}/.`, at('workspace'));
  for (const [name, value] of Object.entries(order.environment))
    writeFileSync(at('platform/env', name), value, { mode: 0o644 });
  for (const { name, texts, secretFiles } of order.bindings) {
    const folder = at('platform/bindings', name);
    mkdirSync(folder, { mode: 0o700 });
    for (const [file, text] of Object.entries(texts))
      writeFileSync(path.join(folder, file), text, { mode: 0o400 });
    for (const [file, from] of Object.entries(secretFiles)) {
      copyFileSync(from, path.join(folder, file));
      chmodSync(path.join(folder, file), 0o400);
    }
  }
  writeFileSync(at('hosts'), '127.0.0.1 localhost\n', { mode: 0o644 });
  writeFileSync(at('resolv.conf'), '', { mode: 0o644 });
  const owner = `${builder.userId}:${builder.groupId}`;
  // Links are given away themselves, never what they lead to.
  await must('chown', '--recursive', '--no-dereference', '--', owner, ...FOLDERS.map((name) => at(name)));
}

/** The folder to build, once every link on the way is followed: it may not lead out of the source. */
function sourceFolder({ contextFolder, buildContext }: LaunchOrder): string {
  const named = path.join(contextFolder, buildContext);
  if (!existsSync(named) || !statSync(named).isDirectory())
    throw new Fault('context_invalid', `The source has no folder ${buildContext}.`);
  const outside = path.relative(realpathSync(contextFolder), realpathSync(named));
  if (outside.split(path.sep)[0] === '..')
    throw new Fault('path_escapes_context', `${buildContext} leads out of the source.`);
  return realpathSync(named);
}

/** CNB_REGISTRY_AUTH with what is held for the registries of the run. */
export function registryCredentials({ registryConfigFolder, registries }: LaunchOrder): string {
  const text = readFileSync(path.join(registryConfigFolder, 'config.json'), 'utf8');
  const { auths } = JSON.parse(text) as { auths: Record<string, { auth: string }> };
  const headers = Object.entries(auths)
    .map(([name, { auth }]) => [name === DOCKER_HUB ? 'docker.io' : name, `Basic ${auth}`] as const)
    .filter(([name]) => registries.includes(name))
    .map(([name, header]) => [name === 'docker.io' ? 'index.docker.io' : name, header]);
  return JSON.stringify(Object.fromEntries(headers));
}

async function must(...argv: string[]): Promise<void> {
  const { exitCode, stderr } = await runProgram(argv);
  if (exitCode === 0) return;
  if (/No space left on device/.test(stderr))
    throw new Fault('disk_full', 'The disk of the build host is full.');
  const said = lastWords(stderr, 5);
  throw new Fault('engine_failed', `${argv[0]} failed: ${said}`, said);
}
