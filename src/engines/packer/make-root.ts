import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
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

/** A shell and the tools of busybox, which are these. */
export function addShell(folder: string, busybox: string, tools: readonly string[]): void {
  copyFileSync(busybox, path.join(folder, 'bin/busybox'));
  for (const tool of tools) symlinkSync('busybox', path.join(folder, 'bin', tool));
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
export async function librariesOf(programs: readonly string[]): Promise<string[]> {
  const printed = await Promise.all(programs.map((program) => printedBy('ldd', [program])));
  const found = printed.flatMap((text) =>
    [...text.matchAll(/(?:^|=>)\s*(\/\S+) \(0x/gm)].map(([, library = '']) => library),
  );
  return [...new Set(found)];
}

/** The tools that a busybox has. */
export async function toolsOf(busybox: string): Promise<string[]> {
  const printed = await printedBy(busybox, ['--list']);
  return printed.split('\n').filter((name) => /^[\w[.-]+$/.test(name) && name !== 'busybox');
}

async function printedBy(program: string, args: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(program, args)).stdout;
  } catch {
    return '';
  }
}
