import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const USERS = '0:1879048192:65536';

/**
 * Every command of buildah in namespaces of its own, on a storage that lasts from one round to the next. Steps have users that the host
 * does not have, as those of untrusted projects have in Kiln, or, `isTrusted`, those of the host.
 */
export function prepareBuildah({ host, scratch, registry, base, example, isTrusted }, isCold) {
  const storage = path.join(scratch, isTrusted ? 'buildah-trusted' : 'buildah');
  const at = (name) => path.join(storage, name);
  const users = isTrusted ? [] : ['--userns-uid-map', USERS, '--userns-gid-map', USERS];
  for (const name of ['root', 'run']) mkdirSync(at(name), { recursive: true });
  // The root of steps is nobody here and has to find its way.
  for (const folder of [scratch, storage, at('root'), at('run')]) chmodSync(folder, 0o711);
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
          ...users,
        ],
        ...['--network', 'none', '--format', 'oci', '--tag', 'localhost/bare', '--layers'],
        ...[...(isCold ? ['--no-cache'] : []), '--build-arg', `BASE=${base}`, example],
      ),
      buildah('push', '--format', 'oci', ...policy, 'localhost/bare', `docker://${image}`),
    ],
    // As in Kiln: where the kernel maps layers for buildah 1.43, it refuses its own.
    env: {
      ...{ PATH: process.env.PATH, HOME: storage, TMPDIR: storage },
      _CONTAINERS_OVERLAY_DISABLE_IDMAP: 'yes',
    },
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
