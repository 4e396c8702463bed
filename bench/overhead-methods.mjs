import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * A row for each method: what the bare tool is, in words and as commands that build and push. `prepare` runs before the clock starts;
 * `kilnOptions` are those that `kiln build` needs to do the same, `example` the folder where examples/hello will not do. To add a method
 * is to add a row.
 */
export const METHODS = {
  buildx: {
    bare: 'buildctl build --output push=true, on the BuildKit of the stack',
    prepare: ({ host, registry, base, example }, isCold) => ({
      commands: [
        [
          ...[
            host.KILN_BUILDCTL_PATH,
            '--addr',
            host.KILN_BUILDKIT_ADDRESS,
            'build',
            '--frontend',
            'dockerfile.v0',
          ],
          ...['--progress', 'rawjson', '--local', `context=${example}`, '--local', `dockerfile=${example}`],
          ...['--opt', `build-arg:BASE=${base}`, ...(isCold ? ['--no-cache'] : [])],
          ...[
            '--output',
            `type=image,name=${registry}/bare:${randomUUID()},push=true,registry.insecure=true`,
          ],
        ],
      ],
    }),
  },
  container: {
    bare: 'buildah pull, build (runc, without a network) and push, each in a process and mount namespace of its own, on a storage of its own',
    prepare: prepareBuildah,
  },
  kaniko: {
    bare: 'the executor by runc in a root that was made before, under the same configuration but for the network, which is that of the host',
    prepare: prepareKaniko,
    // A stage from a cached one lacks the files of that one (kaniko 1.25).
    example: fileURLToPath(new URL('one-stage', import.meta.url)),
    kilnOptions: ({ scratch, registry }) => {
      const file = path.join(scratch, 'kaniko.yaml');
      writeFileSync(file, `version: 1\ncache:\n  repo: ${registry}/bench-kaniko\n`);
      return ['--build-file', file];
    },
  },
};

function prepareBuildah({ host, scratch, registry, base, example }, isCold) {
  const at = (name) => path.join(scratch, name);
  writeFileSync(at('policy.json'), '{"default":[{"type":"insecureAcceptAnything"}]}');
  writeFileSync(at('registries.conf'), `[[registry]]\nlocation = "${registry}"\ninsecure = true\n`);
  const buildah = (...args) => [
    ...['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
    ...(args[0] === 'build' ? ['--net'] : []),
    ...[host.KILN_BUILDAH_PATH, '--root', at('root'), '--runroot', at('run'), '--storage-driver', 'overlay'],
    ...['--registries-conf', at('registries.conf'), '--cgroup-manager', 'cgroupfs', ...args],
  ];
  const policy = ['--signature-policy', at('policy.json')];
  return {
    commands: [
      buildah('pull', '--policy', 'always', ...policy, base),
      buildah(
        ...[
          'build',
          '--isolation',
          'oci',
          '--runtime',
          host.KILN_RUNC_PATH,
          '--pull=never',
          ...policy,
          ...ulimits(),
        ],
        ...['--network', 'none', '--format', 'oci', '--tag', 'localhost/bare', '--layers'],
        ...[...(isCold ? ['--no-cache'] : []), '--build-arg', `BASE=${base}`, example],
      ),
      buildah(
        'push',
        '--format',
        'oci',
        ...policy,
        'localhost/bare',
        `docker://${registry}/bare:${randomUUID()}`,
      ),
    ],
    env: { PATH: process.env.PATH, HOME: scratch, TMPDIR: scratch },
  };
}

/** buildah's own wishes are refused where the host gives less. */
function ulimits() {
  const table = readFileSync('/proc/self/limits', 'utf8');
  return Object.entries({ nofile: 'Max open files', nproc: 'Max processes' }).flatMap(([name, title]) => {
    const [, soft, hard] = new RegExp(`^${title} +(\\d+) +(\\d+)`, 'm').exec(table) ?? [];
    return soft === undefined ? [] : ['--ulimit', `${name}=${soft}:${hard}`];
  });
}

async function prepareKaniko({ host, scratch, registry, base, example }, isCold) {
  const { runtimeConfig } = await import('../dist/src/engines/kaniko/bundle.js');
  const workFolder = mkdtempSync(path.join(scratch, 'kaniko-'));
  const root = path.join(workFolder, 'rootfs');
  for (const folder of ['kaniko', 'root', 'workspace', 'out', 'etc', 'tmp', 'proc', 'dev'])
    mkdirSync(path.join(root, folder), { recursive: true });
  mkdirSync(path.join(workFolder, 'out'));
  writeFileSync(path.join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  const id = path.basename(workFolder);
  const args = [
    ...[
      '--force',
      '--context',
      'dir:///workspace',
      '--dockerfile',
      '/workspace/Dockerfile',
      '--skip-unused-stages',
    ],
    ...['--destination', `${registry}/bare:${randomUUID()}`, '--build-arg', `BASE=${base}`],
    ...['--insecure-registry', registry],
    ...(isCold
      ? ['--cache=false']
      : ['--cache=true', '--cache-copy-layers', '--cache-repo', `${registry}/bare-kaniko-cache`]),
  ];
  const programs = { executor: host.KILN_KANIKO_PATH };
  const order = { id, programs, contextFolder: example, workFolder, args, ways: null, controlGroup: null };
  const config = runtimeConfig(order, root, []);
  writeFileSync(path.join(workFolder, 'config.json'), JSON.stringify(config));
  return {
    commands: [
      [host.KILN_RUNC_PATH, '--root', path.join(scratch, 'runc'), 'run', '--bundle', workFolder, id],
    ],
  };
}
