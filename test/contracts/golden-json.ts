import { readFile, writeFile } from 'node:fs/promises';
import { format } from 'oxfmt';

const FOLDER = new URL('../../docs/generated/', import.meta.url);
const SETTINGS = new URL('../../.oxfmtrc.json', import.meta.url);

/** The text of a value as JSON in the repository's format, and the golden file's text; UPDATE_GOLDENS=1 writes the file first. */
export async function besideGolden(name: string, value: unknown): Promise<{ text: string; golden: string }> {
  const { printWidth } = JSON.parse(await readFile(SETTINGS, 'utf8')) as { printWidth: number };
  const { code: text } = await format(name, JSON.stringify(value), { printWidth });
  const file = new URL(name, FOLDER);
  if (process.env['UPDATE_GOLDENS'] === '1') await writeFile(file, text);
  return { text, golden: await readFile(file, 'utf8') };
}
