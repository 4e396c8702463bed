import { missing, printed } from './program-output.js';

/** What each program has to print for this argument to be taken for it. */
const NEEDED = [
  { name: 'lifecycle', argument: '-version', prints: /^0\.20\./ },
  { name: 'crane', argument: 'version', prints: /\d/ },
  { name: 'runc', argument: '--version', prints: /^runc version/ },
  ...['unshare', 'setpriv', 'mount', 'flock'].map((name) => ({
    ...{ name, argument: '--version', prints: /util-linux/ },
  })),
  { name: 'tar', argument: '--version', prints: /GNU tar/ },
] as const;

/**
 * Raises `program_missing`, with what to do, where this host cannot build by the method paketo: it needs root, the lifecycle with its
 * launcher and crane, runc, GNU tar, and programs of util-linux.
 */
export async function requireLifecycle(programs: Readonly<Record<string, string>>): Promise<void> {
  if (process.getuid?.() !== 0) throw missing('The method paketo needs root on the build host.');
  if (programs['lifecycle'] === undefined)
    throw missing('No lifecycle of Cloud Native Buildpacks was found. Name it with KILN_LIFECYCLE_PATH.');
  for (const { name, argument, prints } of NEEDED) {
    const program = programs[name] ?? name;
    if (!prints.test(await printed(program, argument)))
      throw missing(`${program} is not there, or is not the ${name} that the method paketo needs.`);
  }
}
