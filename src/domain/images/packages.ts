/** A package and its version, as the database of a package manager names them. */
export type Package = readonly [name: string, version: string];

/** The packages that one file of a layer names. */
export interface PackageDatabase {
  readonly path: string;
  readonly packages: readonly Package[];
}

const DPKG_STATUS = 'var/lib/dpkg/status';
const DPKG_FOLDER = 'var/lib/dpkg/status.d/';
const APK_FILES = new Set(['lib/apk/db/installed', 'usr/lib/apk/db/installed']);
const RPM_FILES = new Set(
  ['var/lib/rpm', 'usr/lib/sysimage/rpm', 'usr/share/rpm'].flatMap((folder) =>
    ['rpmdb.sqlite', 'Packages.db', 'Packages'].map((name) => `${folder}/${name}`),
  ),
);

/** Whether a path of an image is a package database that can be read, one that cannot (of rpm), or none. */
export function databaseKind(path: string): 'dpkg' | 'apk' | 'rpm' | null {
  if (path === DPKG_STATUS) return 'dpkg';
  if (path.startsWith(DPKG_FOLDER) && !path.slice(DPKG_FOLDER.length).includes('/'))
    return path.endsWith('.md5sums') ? null : 'dpkg';
  if (APK_FILES.has(path)) return 'apk';
  return RPM_FILES.has(path) ? 'rpm' : null;
}

/** The installed packages of a package database, in its order. What is no stanza of a package is passed over. */
export function parsePackages(kind: 'dpkg' | 'apk', text: string): Package[] {
  return text.split(/\n\s*\n/).flatMap((stanza) => {
    const found = kind === 'dpkg' ? dpkgPackage(stanza) : apkPackage(stanza);
    return found === null ? [] : [found];
  });
}

function dpkgPackage(stanza: string): Package | null {
  const status = field(stanza, 'Status: ');
  // A removed package whose settings were kept is in the file too; the folder of distroless images has no such field.
  if (status !== null && !status.endsWith(' installed')) return null;
  return pair(field(stanza, 'Package: '), field(stanza, 'Version: '));
}

function apkPackage(stanza: string): Package | null {
  return pair(field(stanza, 'P:'), field(stanza, 'V:'));
}

function pair(name: string | null, version: string | null): Package | null {
  return name === null || version === null ? null : [name, version];
}

function field(stanza: string, start: string): string | null {
  const line = stanza.split('\n').find((one) => one.startsWith(start));
  return line?.slice(start.length).trim() || null;
}
