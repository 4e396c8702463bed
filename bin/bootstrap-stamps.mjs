import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

const SOURCE_FOLDERS = ['src', 'workflows', 'activities', 'drill', 'migrations'];
const SOURCE_FILES = [
  'tsconfig.json',
  'tsconfig.build.json',
  'package-lock.json',
  'bin/bundle-cli.mjs',
  'bin/bundle-programs.mjs',
];

/** What node_modules has to match. */
export function dependencyStamp(root) {
  return createHash('sha256')
    .update(fs.readFileSync(path.join(root, 'package-lock.json')))
    .digest('hex');
}

/** Whether npm's own record of node_modules holds every needed package of the lock file in its version. */
export function dependenciesMatchLock(root) {
  const record = path.join(root, 'node_modules', '.package-lock.json');
  if (!fs.existsSync(record)) return false;
  const have = packagesOf(record);
  return Object.entries(packagesOf(path.join(root, 'package-lock.json'))).every(
    ([where, wanted]) => where === '' || wanted.optional || have[where]?.version === wanted.version,
  );
}

function packagesOf(file) {
  return JSON.parse(fs.readFileSync(file, 'utf8')).packages ?? {};
}

/** Names, sizes and times of everything that is compiled: cheap enough for every start. */
export function sourceStamp(root) {
  let listed = '';
  for (const file of [...SOURCE_FILES, ...SOURCE_FOLDERS.flatMap((folder) => filesBelow(root, folder))]) {
    const stat = fs.statSync(`${root}/${file}`, { throwIfNoEntry: false });
    if (stat !== undefined) listed += `${file}:${stat.size}:${stat.mtimeMs}\n`;
  }
  return createHash('sha256').update(listed).digest('hex');
}

/** Content of folders and files; for what is worth comparing by content because redoing it is slow. */
export function hashTree(root, folders, files) {
  const hash = createHash('sha256');
  for (const file of [...folders.flatMap((folder) => filesBelow(root, folder)), ...files]) {
    hash.update(`${file}\n`).update(fs.readFileSync(path.join(root, file)));
  }
  return hash.digest('hex');
}

/** Removes compiled files whose source is gone, so that nothing deleted lives on in dist. */
export function pruneStale(root) {
  for (const folder of ['src', 'workflows', 'activities', 'drill']) {
    for (const file of filesBelow(root, `dist/${folder}`)) {
      const source = path.join(root, file.slice('dist/'.length).replace(/\.js(\.map)?$/, '.ts'));
      if (!fs.existsSync(source)) fs.rmSync(path.join(root, file), { force: true });
    }
  }
}

function filesBelow(root, folder) {
  const from = `${root}/${folder}`;
  if (!fs.existsSync(from)) return [];
  const names = fs.readdirSync(from, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return names.flatMap((entry) =>
    entry.isDirectory() ? filesBelow(root, `${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}
