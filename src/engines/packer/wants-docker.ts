import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const MAX_BYTES = 1024 * 1024;

/** Whether a template, or one of those in a folder, names a source of the Docker builder, which needs a daemon that no run has. */
export function wantsDocker(place: string): boolean {
  return templatesAt(place).some((file) => /^[ \t]*source[ \t]+"?docker"?[ \t]/m.test(textOf(file)));
}

function templatesAt(place: string): string[] {
  try {
    if (!lstatSync(place).isDirectory()) return [place];
    return readdirSync(place)
      .filter((name) => name.endsWith('.pkr.hcl'))
      .map((name) => path.join(place, name));
  } catch {
    return [];
  }
}

function textOf(file: string): string {
  try {
    const entry = lstatSync(file);
    return entry.isFile() && entry.size <= MAX_BYTES ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
}
