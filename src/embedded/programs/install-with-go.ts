import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { KilnError } from '../../domain/errors.js';
import type { Bundle, InstallTarget } from './declaration.js';
import { pinnedFolder } from './pinned-files.js';
import { lastLines, runCommand } from './run-command.js';

/** What the modules under `tools/` need, in words. A newer Go than 1.20 fetches that version by itself, where it may. */
export const NEEDED_GO = 'Go >= 1.26';

/** A bundle that Go compiles from the module `tools/<name>`, whose go.mod and go.sum pin every source. */
export interface GoBundle {
  readonly name: string;
  readonly version: string;
  /** The main packages, one binary each, named after the last part. */
  readonly packages: readonly string[];
  /** Variables that the linker sets, so that the binary knows its version. */
  readonly linkedVersion: Readonly<Record<string, string>>;
  readonly tags?: readonly string[];
  readonly cgo?: boolean;
  /** Gives further environment for the compiler. It may fill the folder, which is removed after the build. */
  readonly prepare?: (target: InstallTarget) => Promise<Record<string, string>>;
}

/** Declares a bundle that is compiled with Go. */
export function goBundle(bundle: GoBundle): Bundle {
  return {
    name: bundle.name,
    version: bundle.version,
    means: 'Go',
    install: (target) => compile(bundle, target),
  };
}

async function compile(bundle: GoBundle, target: InstallTarget): Promise<void> {
  const cwd = pinnedFolder(bundle.name);
  const { code: goCode } = await runCommand('go', ['version'], { timeoutMs: 30_000 });
  if (goCode !== 0)
    throw new KilnError('program_install_failed', { message: `${NEEDED_GO} is not installed` });
  const work = join(target.folder, 'work');
  await mkdir(work);
  const linked = Object.entries(bundle.linkedVersion).map(([variable, value]) => `-X ${variable}=${value}`);
  const env = {
    CGO_ENABLED: bundle.cgo === true ? '1' : '0',
    GOWORK: 'off',
    GOFLAGS: '-mod=readonly',
    ...(await bundle.prepare?.({ ...target, folder: work })),
  };
  // A trailing slash makes Go write one binary for each package into the folder.
  const output = `${join(target.folder, 'bin')}/`;
  const tags = bundle.tags === undefined ? [] : ['-tags', bundle.tags.join(',')];
  const flags = ['-trimpath', '-buildvcs=false', ...tags, '-ldflags', ['-s -w', ...linked].join(' ')];
  const args = ['build', ...flags, '-o', output, ...bundle.packages];
  target.onText(`compiling ${bundle.name} ${bundle.version}`);
  const onLine = (line: string): void => target.onText(line.replace(/^go: /, ''));
  // Sources come one by one over the network, so a build that failed is tried once more; what is done is kept.
  let result = await runCommand('go', args, { cwd, env, onLine });
  if (result.code !== 0) result = await runCommand('go', args, { cwd, env, onLine });
  if (result.code !== 0) {
    throw new KilnError('program_install_failed', {
      message: `go build of ${bundle.name} failed:\n${lastLines(result.output, 12)}`,
    });
  }
  await rm(work, { recursive: true, force: true });
}
