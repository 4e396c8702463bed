import { filesLayer, type LayerEntry } from './busybox-layer.js';
import type { NamedLayer } from './single-layer-image.js';

/** Package managers whose databases are made here. */
export type PackageManager = 'dpkg' | 'apk';

/** A layer that says in the database of a package manager what a base image of a static busybox consists of: that one package. */
export async function packageDatabaseLayer(manager: PackageManager, version: string): Promise<NamedLayer> {
  const entries = manager === 'dpkg' ? dpkgFiles(version) : apkFiles(version);
  return { ...(await filesLayer(entries)), createdBy: `the package database of ${manager}` };
}

function dpkgFiles(version: string): LayerEntry[] {
  const status = [
    'Package: busybox-static',
    'Status: install ok installed',
    `Architecture: ${process.arch === 'x64' ? 'amd64' : process.arch}`,
    'Maintainer: nobody',
    'Source: busybox',
    `Version: ${version}`,
    'Description: the whole of this base image',
  ];
  return [
    ...['var/lib', 'var/lib/dpkg'].map(folder),
    { name: 'var/lib/dpkg/status', mode: 0o644, content: `${status.join('\n')}\n\n` },
  ];
}

function apkFiles(version: string): LayerEntry[] {
  const installed = [
    'P:busybox-static',
    `V:${version}`,
    `A:${process.arch === 'x64' ? 'x86_64' : process.arch}`,
    'S:1',
    'I:1',
    'T:the whole of this base image',
    'U:https://busybox.net/',
    'L:GPL-2.0-only',
    'o:busybox',
  ];
  return [
    ...['lib', 'lib/apk', 'lib/apk/db'].map(folder),
    { name: 'lib/apk/db/installed', mode: 0o644, content: `${installed.join('\n')}\n\n` },
  ];
}

function folder(name: string): LayerEntry {
  return { name, mode: 0o755, content: null };
}
