import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KilnError } from '../../domain/errors.js';

/** The folder under `tools/` that pins one bundle. It is found from the sources as well as from the compiled files. */
export function pinnedFolder(name: string): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (folder !== dirname(folder)) {
    const candidate = join(folder, 'tools', name);
    if (existsSync(join(folder, 'package.json')) && existsSync(candidate)) return candidate;
    folder = dirname(folder);
  }
  throw new KilnError('program_install_failed', {
    message: `tools/${name} is missing from the installation of Kiln`,
  });
}
