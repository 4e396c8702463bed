import { posix } from 'node:path';
import type { PlanInput, Reach } from '../../ports/engine.js';
import { program } from './launch.js';

/** What a method needs beside what every launcher does. Programs are named as in `Reach`. */
export interface OwnReach {
  readonly launcher: string;
  readonly programs: readonly string[];
  readonly read?: readonly string[];
  readonly write?: readonly string[];
  readonly temporary?: readonly string[];
}

/** What starts a launcher and its gate, and what holds its locks. */
const PROGRAMS = ['setpriv', 'env', 'unshare', 'mount', 'umount', 'flock', 'cat'];

/**
 * What a launcher (launch.ts) needs of the host. It connects to registries for its containers, so the network is that of the host; theirs are made by
 * itself.
 */
export function launcherReach(input: PlanInput, own: OwnReach): Reach {
  const { host } = input;
  const runc = program(host.programs, 'runc');
  return {
    programs: [...PROGRAMS, runc, ...own.programs],
    scripts: [own.launcher],
    read: [
      // runc starts from an overlay of its own folder, in which a program that is mounted alone is an empty file.
      ...[posix.dirname(runc), input.contextFolder, input.registryConfigFolder],
      ...[...Object.values(input.secretFiles), ...Object.values(host.registryCertificates)],
      ...(own.read ?? []),
    ],
    write: [input.workFolder, ...(own.write ?? [])],
    temporary: own.temporary ?? [],
    network: 'host',
  };
}
