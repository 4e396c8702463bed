import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DEFAULT_TRUST } from '../../domain/builds/trust.js';
import { parseContextPath } from '../../domain/images/context-path.js';
import { parseReference, printReference } from '../../domain/images/reference.js';
import { registryOf } from '../../domain/images/registry-host.js';
import type { PlanInput, Reach, RunPlan } from '../../ports/engine.js';
import { attribute } from '../dockerfile/attribute.js';
import { secretFile } from '../dockerfile/secret-file.js';
import { firstUserId, USER_COUNT } from '../runc/users.js';
import { launchPlan, program, SYSTEM_PATH } from '../runc/launch.js';
import { launcherReach } from '../runc/reach.js';
import { IMAGE_ID, INSIDE, ULIMITS, type Argv, type LaunchOrder, type Phase } from './order.js';
import { certificatesFor, imagePolicy, registriesConfig } from '../buildah/registries.js';
import type { ContainerOptions } from './schema.js';

const MAX_STORAGE_BYTES = 20e9;

/** buildah 1.43 loses track of owners where the kernel maps layers for it ("value too large for defined data type"); so it maps copies. */
const MAPPED_BY_COPY = { _CONTAINERS_OVERLAY_DISABLE_IDMAP: 'yes' };

/** Where the launcher lies once it is compiled. */
export const LAUNCHER = fileURLToPath(new URL('./launcher.js', import.meta.url));

type Input = PlanInput<ContainerOptions>;

/**
 * One process tree per build, in a process and mount namespace of its own: whatever ends its first process ends every other and takes
 * its mounts away. The launcher pulls the judged images, builds without any network of its own, and pushes.
 */
export function planBuild(input: Input, launcher: string = LAUNCHER): RunPlan {
  const { host, workFolder } = input;
  const at = (name: string): string => posix.join(workFolder, name);
  const inline = input.options.dockerfile_inline;
  return {
    ...launchPlan(host, launcher, at('order.json')),
    env: environment(input),
    cwd: workFolder,
    files: {
      [at('order.json')]: JSON.stringify(order(input)),
      [at('policy.json')]: imagePolicy(input.judged.registries),
      [at('registries.conf')]: registriesConfig(input.judged.registries, host),
      // No network of its own is ever made, but buildah looks where they would be.
      [at('containers.conf')]: `[network]\nnetwork_config_dir = ${JSON.stringify(at('networks'))}\n`,
      [at('storage.conf')]:
        `[storage]\ndriver = "overlay"\ngraphroot = ${JSON.stringify(`${INSIDE.storage}/root`)}\nrunroot = ${JSON.stringify(`${INSIDE.storage}/run`)}\n`,
      ...(inline !== undefined && { [at('Dockerfile')]: inline }),
    },
    outputs: [at('digest')],
  };
}

/** What the launcher needs of the host: it mounts over `/var/lib/containers`, and its runtime is a script. */
export function reachOf(input: Input, launcher: string = LAUNCHER): Reach {
  return launcherReach(input, {
    launcher,
    programs: [program(input.host.programs, 'buildah'), '/bin/sh', 'mkfifo'],
    // It looks up who it is itself.
    read: ['/etc/passwd', '/etc/group', '/etc/containers', '/usr/share/containers'],
    write: [input.storageFolder],
    temporary: ['/run', '/var/lib/containers'],
  });
}

/** The whole environment: nothing of the host's own is passed on. */
function environment(
  { host, workFolder }: Input,
  proxies: Readonly<Record<string, string>> = {},
): Record<string, string> {
  return {
    ...proxies,
    PATH: `${posix.dirname(program(host.programs, 'runc'))}:${SYSTEM_PATH}`,
    HOME: workFolder,
    TMPDIR: INSIDE.temporary,
    CONTAINERS_CONF: posix.join(workFolder, 'containers.conf'),
    CONTAINERS_STORAGE_CONF: posix.join(workFolder, 'storage.conf'),
  };
}

function order(input: Input): LaunchOrder {
  const { storageFolder: folder, judged } = input;
  const wanted = [...judged.images, input.staging.repository].flatMap((image) => registryOf(image) ?? []);
  return {
    storage: {
      folder,
      temporaryFolder: posix.join(input.workFolder, 'tmp'),
      lockFile: posix.join(folder, 'lock'),
      maxBytes: MAX_STORAGE_BYTES,
      sweep: buildah(input, 'rm', '--all'),
      clear: buildah(input, 'rmi', '--all', '--force'),
    },
    runtime: { file: runtimeFile(input), runc: program(input.host.programs, 'runc') },
    certificates: [...new Set(wanted)].flatMap((registry) => certificatesFor(registry, input)?.copies ?? []),
    phases: [...judged.images.map((image) => pull(input, image)), build(input), push(input)],
  };
}

function runtimeFile({ workFolder }: Input): string {
  return posix.join(workFolder, 'runc-narrowed');
}

function buildah({ host, workFolder }: Input, ...args: string[]): Argv {
  return [
    program(host.programs, 'buildah'),
    ...['--root', `${INSIDE.storage}/root`, '--runroot', `${INSIDE.storage}/run`],
    ...['--registries-conf', posix.join(workFolder, 'registries.conf'), '--cgroup-manager', 'cgroupfs'],
    ...args,
  ];
}

/** Asked of the registry each time: an image that lies in the storage is not given to who may not read it there. */
function pull(input: Input, image: string): Phase {
  const name = printReference(parseReference(image));
  const argv = buildah(input, 'pull', '--policy', 'always', ...access(input, name), '--', name);
  return {
    name: 'pull',
    image: name,
    argv,
    imageIdFile: null,
    env: environment(input, input.host.proxyVariables),
  };
}

function push(input: Input): Phase {
  const { staging, workFolder } = input;
  const name = printReference(parseReference(`${staging.repository}:${staging.tag}`));
  const argv = buildah(
    input,
    ...['push', '--format', 'oci', '--digestfile', posix.join(workFolder, 'digest')],
    ...[...access(input, name), '--', IMAGE_ID, `docker://${name}`],
  );
  const imageIdFile = posix.join(workFolder, 'image-id');
  return { name: 'push', image: name, argv, imageIdFile, env: environment(input, input.host.proxyVariables) };
}

function access(input: Input, image: string): string[] {
  const certificates = certificatesFor(registryOf(image) ?? '', input);
  return [
    ...['--signature-policy', posix.join(input.workFolder, 'policy.json')],
    ...['--authfile', posix.join(input.registryConfigFolder, 'config.json')],
    ...(certificates === null ? [] : ['--cert-dir', certificates.folder]),
  ];
}

/**
 * The builder itself has no network, so that neither ADD nor ONBUILD of a base image fetches what nobody has judged, and
 * `RUN --network=host` is as closed as the others. `host` is what the operator gives; of a bridge this builder knows nothing.
 */
function build(input: Input): Phase {
  const { options, host, workFolder } = input;
  const hasNetwork = host.runNetwork === 'host';
  const passes = hasNetwork && host.passesProxies;
  const context = posix.join(input.contextFolder, parseContextPath(options.build_context));
  const inline = options.dockerfile_inline !== undefined;
  const file = inline
    ? posix.join(workFolder, 'Dockerfile')
    : posix.join(context, parseContextPath(options.dockerfile));
  const argv = buildah(
    input,
    'build',
    ...['--isolation', 'oci', '--runtime', runtimeFile(input), ULIMITS],
    ...['--runtime-flag', `root=${posix.join(workFolder, 'runc')}`],
    ...(input.controlGroup === undefined ? [] : ['--cgroup-parent', `${input.controlGroup}/step`]),
    ...ownUsers(input),
    ...['--pull=never', '--signature-policy', posix.join(workFolder, 'policy.json')],
    ...['--network', hasNetwork ? 'host' : 'none', `--http-proxy=${passes}`],
    ...['--format', 'oci', '--iidfile', posix.join(workFolder, 'image-id'), '--file', file],
    ...(options.cache_enabled ? ['--layers'] : ['--layers', '--no-cache']),
    ...(options.target_stage === undefined ? [] : ['--target', options.target_stage]),
    ...Object.entries(input.labels ?? {}).flatMap(([name, value]) => ['--label', `${name}=${value}`]),
    ...Object.entries(options.build_args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...secrets(options, input.secretFiles),
    ...['--', context],
  );
  return {
    name: 'build',
    image: null,
    argv: hasNetwork ? argv : ['unshare', '--net', ...argv],
    imageIdFile: null,
    env: { ...environment(input, passes ? host.proxyVariables : {}), ...MAPPED_BY_COPY },
  };
}

/**
 * Steps of untrusted builds have a namespace of users: their root is a number that no user of the host has. It is the same for all of a
 * storage, for layers lie there under these numbers.
 */
function ownUsers({ trust = DEFAULT_TRUST, storageFolder }: Input): string[] {
  if (trust === 'trusted') return [];
  const map = `0:${firstUserId(storageFolder)}:${USER_COUNT}`;
  return ['--userns-uid-map', map, '--userns-gid-map', map];
}

function secrets(options: ContainerOptions, files: Readonly<Record<string, string>>): string[] {
  return options.secrets.flatMap((one) => [
    '--secret',
    `id=${one.id},src=${attribute(secretFile(files, one))}`,
  ]);
}
