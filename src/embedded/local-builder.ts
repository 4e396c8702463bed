import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { busyboxLayer, filesLayer, type LayerEntry } from './base-image/busybox-layer.js';
import { packageDatabaseLayer, type PackageManager } from './base-image/package-database.js';
import { pushImage } from './base-image/push-image.js';
import { layeredImage, type NamedLayer } from './base-image/single-layer-image.js';
import { ensurePrograms, type ProgramOptions } from './programs.js';

const USER = 1000;
const PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const ENVIRONMENT = [PATH, `CNB_USER_ID=${USER}`, `CNB_GROUP_ID=${USER}`, 'CNB_STACK_ID=kiln.local.busybox'];
const DISTRIBUTION = {
  'io.buildpacks.base.distro.name': 'busybox',
  'io.buildpacks.base.distro.version': '1',
  'io.buildpacks.stack.id': 'kiln.local.busybox',
};

/**
 * Makes a builder of a folder with `order.toml` and `buildpacks/<name>/`, on a system of static busybox, and pushes it with its run image
 * to a registry without a login. Gives its reference. May be repeated: the same files give the same images.
 */
export async function provideLocalBuilder(options: {
  /** For instance http://127.0.0.1:5000. */
  readonly registryUrl: string;
  readonly folder: string;
  /** Whose database its images have; none unless set. */
  readonly packageManager?: PackageManager;
  readonly programs?: ProgramOptions;
}): Promise<string> {
  const { busybox } = await ensurePrograms(['busybox'], options.programs);
  const system: NamedLayer[] = [
    { ...(await busyboxLayer(busybox.path)), createdBy: 'busybox root file system' },
    { ...(await filesLayer(userFiles())), createdBy: 'the user cnb' },
  ];
  if (options.packageManager !== undefined)
    system.push(await packageDatabaseLayer(options.packageManager, busybox.version));
  const { host } = new URL(options.registryUrl);
  const runImage = `${host}/cnb/run:${busybox.version}`;
  const run = layeredImage(system, { Env: ENVIRONMENT, User: `${USER}:${USER}`, Labels: DISTRIBUTION });
  await pushImage(run, { registryUrl: options.registryUrl, repository: 'cnb/run', tag: busybox.version });
  const buildpacks = {
    ...(await filesLayer(await builderFiles(options.folder, runImage))),
    createdBy: 'buildpacks',
  };
  const builder = layeredImage([...system, buildpacks], {
    Env: ENVIRONMENT,
    User: `${USER}:${USER}`,
    Labels: {
      ...DISTRIBUTION,
      'io.buildpacks.builder.metadata': JSON.stringify({ images: [{ image: runImage, mirrors: [] }] }),
    },
  });
  const tag = builder.manifest.digest.slice('sha256:'.length, 'sha256:'.length + 12);
  await pushImage(builder, { registryUrl: options.registryUrl, repository: 'cnb/builder', tag });
  return `${host}/cnb/builder:${tag}`;
}

function userFiles(): LayerEntry[] {
  const line = `cnb:x:${USER}:${USER}:cnb:/home/cnb:/bin/sh`;
  return [
    { name: 'home/cnb', mode: 0o755, content: null, uid: USER },
    { name: 'etc/passwd', mode: 0o644, content: `root:x:0:0:root:/root:/bin/sh\n${line}\n` },
    { name: 'etc/group', mode: 0o644, content: `root:x:0:\ncnb:x:${USER}:\n` },
  ];
}

/** The files of a builder as the platform specification places them. */
async function builderFiles(folder: string, runImage: string): Promise<LayerEntry[]> {
  const entries: LayerEntry[] = ['cnb', 'cnb/buildpacks'].map((name) => folderEntry(name));
  const run = `[[images]]\nimage = ${JSON.stringify(runImage)}\n`;
  entries.push({ name: 'cnb/run.toml', mode: 0o644, content: run });
  entries.push(await fileEntry(join(folder, 'order.toml'), 'cnb/order.toml', 0o644));
  for (const name of (await readdir(join(folder, 'buildpacks'))).sort()) {
    const from = join(folder, 'buildpacks', name);
    const toml = await readFile(join(from, 'buildpack.toml'), 'utf8');
    const [, id = name] = /^id = "(.+)"$/m.exec(toml) ?? [];
    const [, version = '0.0.0'] = /^version = "(.+)"$/m.exec(toml) ?? [];
    const parent = `cnb/buildpacks/${id.replaceAll('/', '_')}`;
    const place = `${parent}/${version}`;
    entries.push(...[parent, place, `${place}/bin`].map((path) => folderEntry(path)));
    entries.push(await fileEntry(join(from, 'buildpack.toml'), `${place}/buildpack.toml`, 0o644));
    for (const program of (await readdir(join(from, 'bin'))).sort())
      entries.push(await fileEntry(join(from, 'bin', program), `${place}/bin/${program}`, 0o755));
  }
  return entries;
}

function folderEntry(name: string): LayerEntry {
  return { name, mode: 0o755, content: null };
}

async function fileEntry(path: string, name: string, mode: number): Promise<LayerEntry> {
  return { name, mode, content: await readFile(path) };
}
