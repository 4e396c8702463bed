import { execFileSync } from 'node:child_process';
import { copyFileSync, lchownSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const FOLDERS = [
  ...['bin', 'dev', 'etc/containers', 'kiln/access', 'out', 'proc', 'pushed', 'root', 'run', 'sys', 'tmp'],
  ...['usr/bin', 'var/lib/containers', 'var/tmp', 'workspace'],
];
const STORAGE = `[storage]
driver = "overlay"
graphroot = "/var/lib/containers"
runroot = "/run/containers"
`;
/** What may be pulled is judged by a policy of its own; here lies what the template itself has made. */
const POLICY = JSON.stringify({ default: [{ type: 'insecureAcceptAnything' }] });

/** A root file system in which buildah works. Programs and their libraries are mounted into it. */
export function makeRoot(folder: string, registriesConfig: string): void {
  for (const name of FOLDERS) mkdirSync(path.join(folder, name), { recursive: true, mode: 0o755 });
  const files = {
    'etc/passwd': 'root:x:0:0:root:/root:/bin/sh\n',
    'etc/group': 'root:x:0:\n',
    'etc/nsswitch.conf': 'hosts: files dns\n',
    'etc/containers/policy.json': POLICY,
    'etc/containers/registries.conf': registriesConfig,
    'etc/containers/storage.conf': STORAGE,
  };
  for (const [name, content] of Object.entries(files))
    writeFileSync(path.join(folder, name), content, { mode: 0o644 });
}

/** A shell and the tools of busybox. */
export function addShell(folder: string, busybox: string): void {
  copyFileSync(busybox, path.join(folder, 'bin/busybox'));
  for (const tool of toolsOf(busybox)) symlinkSync('busybox', path.join(folder, 'bin', tool));
  symlinkSync('/bin/busybox', path.join(folder, 'usr/bin/env'));
}

/** Gives a folder and everything in it to the root of the container. Links are not followed. */
export function giveTo(owner: number, folder: string): void {
  lchownSync(folder, owner, owner);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) giveTo(owner, place);
    else lchownSync(place, owner, owner);
  }
}

/** The shared libraries that programs are loaded with, by their paths on the host; none for static ones. */
export function librariesOf(programs: readonly string[]): string[] {
  const found = programs.flatMap((program) => {
    const printed = printedBy('ldd', [program]);
    return [...printed.matchAll(/(?:^|=>)\s*(\/\S+) \(0x/gm)].map(([, library = '']) => library);
  });
  return [...new Set(found)];
}

function toolsOf(busybox: string): string[] {
  return printedBy(busybox, ['--list'])
    .split('\n')
    .filter((name) => /^[\w[.-]+$/.test(name) && name !== 'busybox');
}

function printedBy(program: string, args: readonly string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  } catch {
    return '';
  }
}
