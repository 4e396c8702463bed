import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Every command of buildah in namespaces of its own, on a storage that lasts from one round to the next. */
export function prepareBuildah({ host, scratch, registry, base, example }, isCold) {
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
  const image = `${registry}/bare:${randomUUID()}`;
  return {
    image,
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
      buildah('push', '--format', 'oci', ...policy, 'localhost/bare', `docker://${image}`),
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
