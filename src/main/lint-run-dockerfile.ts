import { readFile, stat } from 'node:fs/promises';
import { resolveInside } from '../adapters/context/resolve-inside.js';
import { createHadolint } from '../adapters/hadolint/lint.js';
import { MAX_SETTINGS_LENGTH } from '../adapters/hadolint/settings.js';
import type { RunDeps } from '../supervisor/deps.js';

const SETTINGS_FILES = ['.hadolint.yaml', '.hadolint.yml'];

/** Lints the Dockerfile of a run with hadolint, by the `.hadolint.yaml` in the root of its source; links may not lead out of that. */
export function lintRunDockerfile(program: string): NonNullable<RunDeps['lintDockerfile']> {
  const lint = createHadolint(program);
  return async (contextFolder, text, signal) => lint(text, await readSettings(contextFolder), signal);
}

async function readSettings(folder: string): Promise<string | null> {
  for (const name of SETTINGS_FILES) {
    const { kind, absolutePath } = await resolveInside(folder, name);
    if (kind !== 'file') continue;
    return (await stat(absolutePath)).size > MAX_SETTINGS_LENGTH ? null : readFile(absolutePath, 'utf8');
  }
  return null;
}
