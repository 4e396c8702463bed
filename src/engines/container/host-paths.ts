import { posix } from 'node:path';
import type { RunPlan } from '../../ports/engine.js';
import type { LaunchOrder } from './order.js';

/** A folder or program of the host, and what people are told in its place. */
export interface HostPath {
  readonly path: string;
  readonly name: string;
}

/** The paths of the host that buildah and runc may name in what they print of a run, longer ones first. */
export function hostPathsOf({ cwd, files }: RunPlan): HostPath[] {
  const workspace = posix.dirname(cwd);
  const paths = [
    { path: posix.join(workspace, 'context'), name: 'context' },
    ...(posix.basename(workspace) === 'workspace' ? [{ path: workspace, name: 'workspace' }] : []),
    ...ofOrder(files[posix.join(cwd, 'order.json')]),
  ];
  return paths
    .filter(({ path }) => path.startsWith('/') && path.length > 1)
    .sort((a, b) => b.path.length - a.path.length);
}

/** The text without paths of the host. */
export function withoutHostPaths(text: string, paths: readonly HostPath[]): string {
  return paths.reduce((told, { path, name }) => told.replaceAll(path, name), text);
}

function ofOrder(text: string | undefined): HostPath[] {
  if (text === undefined) return [];
  const { storage, runtime, phases } = JSON.parse(text) as LaunchOrder;
  return [
    { path: storage.temporaryFolder, name: 'tmp' },
    { path: storage.folder, name: 'storage' },
    { path: runtime.file, name: 'runtime' },
    { path: runtime.runc, name: 'runc' },
    ...phases.map(({ argv: [program] }) => ({ path: program, name: posix.basename(program) })),
  ];
}
