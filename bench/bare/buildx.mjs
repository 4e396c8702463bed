import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import path from 'node:path';

/** Opens the BuildKit of the tenant that Kiln builds for, as it is for projects that are not trusted. */
export async function openBuildkit({ host, stateFolder }) {
  const { askedBuildkits } = await import('../../dist/src/adapters/buildkit/asked-buildkits.js');
  const [folder = ''] = readdirSync(path.join(stateFolder, 'buildkit'));
  const user = { tenantId: folder.replace('-trusted', ''), trust: 'untrusted' };
  const { signal } = new AbortController();
  return { buildkit: await askedBuildkits(host.KILN_BUILDKITS_SOCKET).open(user, signal) };
}

export function prepareBuildctl({ host, registry, base, example, buildkit }, isCold) {
  const image = `${registry}/bare:${randomUUID()}`;
  return {
    image,
    commands: [
      [
        ...[host.KILN_BUILDCTL_PATH, '--addr', buildkit, 'build', '--frontend', 'dockerfile.v0'],
        ...['--progress', 'rawjson', '--local', `context=${example}`, '--local', `dockerfile=${example}`],
        ...['--opt', `build-arg:BASE=${base}`, ...(isCold ? ['--no-cache'] : [])],
        ...['--output', `type=image,name=${image},push=true,registry.insecure=true`],
      ],
    ],
  };
}
