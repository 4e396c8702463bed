import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chownSync, mkdirSync, mkdtempSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILDER = fileURLToPath(new URL('../../examples/paketo/builder', import.meta.url));
const TITLE = { BP_SITE_TITLE: 'A site that no Dockerfile has made' };

/** What the last warm build has left for the next: its layers, and the image that they belong to. */
let last = null;

/** Makes the builder of the example, and unpacks it as Kiln keeps it. */
export async function provideBuilder({ host, registry, scratch }) {
  const { provideLocalBuilder } = await import('../../dist/src/embedded/local-builder.js');
  const { chooseRunImage, readBuilder } = await import('../../dist/src/engines/paketo/builder-image.js');
  const image = await provideLocalBuilder({ registryUrl: `http://${registry}`, folder: BUILDER });
  const crane = (...args) => execFileSync(programsOf(host).crane, ['--insecure', ...args]).toString();
  const root = path.join(scratch, 'paketo-root');
  mkdirSync(root);
  crane('export', image, `${root}.tar`);
  execFileSync('tar', ['--extract', '--same-owner', '-p', '--file', `${root}.tar`, '--directory', root]);
  const builder = readBuilder(crane('config', image));
  return { builder, builderImage: image, root, runImage: chooseRunImage(builder, registry, [registry]) };
}

/** Each phase of the lifecycle under the configuration that Kiln writes for it. */
export async function preparePhases(site, isCold) {
  const { host, scratch, registry, example, builder, root, runImage } = site;
  const { containerConfig } = await import('../../dist/src/engines/runc/container-config.js');
  const { gatherCertificates, makeFolders } = await import('../../dist/src/engines/paketo/folders.js');
  const { PHASES } = await import('../../dist/src/engines/paketo/order.js');
  const { phaseContainer } = await import('../../dist/src/engines/paketo/phase-container.js');
  const workFolder = mkdtempSync(path.join(scratch, 'paketo-'));
  const image = `${registry}/bare:${randomUUID()}`;
  const order = {
    ...{ controlGroup: null, programs: programsOf(host), target: image, contextFolder: example, workFolder },
    ...{ insecureRegistries: [registry], certificates: [], buildContext: '.', environment: TITLE },
    ...{ bindings: [], network: 'host', egressGroupId: null, proxyVariables: {}, passesProxies: false },
  };
  gatherCertificates(order);
  await makeFolders(order, builder);
  const given = {
    ...{ order, builder, runImage, credentials: '{}', networkPath: null, hasOwnOrder: false },
    ...{ hasCache: !isCold, previousImage: isCold ? null : takeCache(workFolder, builder, image) },
  };
  const commands = PHASES.map((phase) => {
    const bundle = path.join(workFolder, 'phases', phase);
    mkdirSync(bundle, { recursive: true });
    const config = containerConfig(phaseContainer(phase, given, root));
    writeFileSync(path.join(bundle, 'config.json'), JSON.stringify(config));
    const id = `${path.basename(workFolder)}-${phase}`;
    return [host.KILN_RUNC_PATH, '--root', path.join(scratch, 'runc'), 'run', '--bundle', bundle, id];
  });
  return { image, commands };
}

function takeCache(workFolder, { userId, groupId }, image) {
  const cache = path.join(workFolder, 'cache');
  const previous = last;
  if (previous === null) mkdirSync(cache);
  else renameSync(previous.cache, cache);
  chownSync(cache, userId, groupId);
  last = { cache, image };
  return previous === null ? null : previous.image;
}

function programsOf({ KILN_LIFECYCLE_PATH: lifecycle }) {
  const beside = (name) => path.join(path.dirname(lifecycle), name);
  return { lifecycle, launcher: beside('launcher'), crane: beside('crane') };
}
