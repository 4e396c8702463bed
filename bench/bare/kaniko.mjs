import { randomUUID } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** The executor under the configuration that Kiln writes, in a root of its own. */
export async function prepareKaniko({ host, scratch, registry, base, example }, isCold) {
  const { runtimeConfig } = await import('../../dist/src/engines/kaniko/bundle.js');
  const { INSIDE } = await import('../../dist/src/engines/kaniko/order.js');
  const workFolder = mkdtempSync(path.join(scratch, 'kaniko-'));
  const root = path.join(workFolder, 'rootfs');
  for (const folder of [INSIDE.context, INSIDE.output, 'root', 'etc', 'tmp', 'proc', 'dev'])
    mkdirSync(path.join(root, folder), { recursive: true });
  mkdirSync(path.join(workFolder, 'out'));
  writeFileSync(path.join(root, 'etc/passwd'), 'root:x:0:0:root:/root:/bin/sh\n');
  const id = path.basename(workFolder);
  const image = `${registry}/bare:${randomUUID()}`;
  const args = [
    ...['--force', '--skip-unused-stages'],
    ...['--context', `dir://${INSIDE.context}`, '--dockerfile', `${INSIDE.context}/Dockerfile`],
    ...['--destination', image, '--build-arg', `BASE=${base}`],
    ...['--insecure-registry', registry],
    ...(isCold
      ? ['--cache=false']
      : ['--cache=true', '--cache-copy-layers', '--cache-repo', `${registry}/bare-kaniko-cache`]),
  ];
  const programs = { executor: host.KILN_KANIKO_PATH };
  const order = { id, programs, contextFolder: example, workFolder, args, ways: null, controlGroup: null };
  const config = runtimeConfig(order, root, null);
  writeFileSync(path.join(workFolder, 'config.json'), JSON.stringify(config));
  return {
    image,
    commands: [
      [host.KILN_RUNC_PATH, '--root', path.join(scratch, 'runc'), 'run', '--bundle', workFolder, id],
    ],
  };
}
