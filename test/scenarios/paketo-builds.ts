import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { pack } from 'tar-stream';
import { provideLocalBuilder } from '../../src/embedded/local-builder.js';
import type { TestKiln } from './kiln.js';

const EXAMPLE = fileURLToPath(new URL('../../examples/paketo/', import.meta.url));

/** A source, file by file. */
export type Files = Readonly<Record<string, string>>;

/** The pages of the example. */
export const SITE: Files = Object.fromEntries(
  readdirSync(`${EXAMPLE}app/pages`).map((name) => [
    `pages/${name}`,
    readFileSync(`${EXAMPLE}app/pages/${name}`, 'utf8'),
  ]),
);

const SCRIPT_BUILDPACK: Files = {
  'buildpack.toml':
    'api = "0.10"\n[buildpack]\nid = "test/script"\nversion = "1.0.0"\n[[targets]]\nos = "linux"\n',
  'bin/detect': '#!/bin/sh\ntest -f build.sh || exit 100\n',
  'bin/build': '#!/bin/sh\nset -eu\nexec sh ./build.sh\n',
};

/** The builder of the example, with one buildpack more: it runs what the source has in `build.sh`. */
export async function provideTestBuilder(registry: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'kiln-builder-'));
  try {
    cpSync(`${EXAMPLE}builder`, folder, { recursive: true });
    for (const [name, content] of Object.entries(SCRIPT_BUILDPACK)) {
      const file = join(folder, 'buildpacks/script', name);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, content);
    }
    const order = readFileSync(join(folder, 'order.toml'), 'utf8');
    const group = '[[order]]\n[[order.group]]\nid = "test/script"\nversion = "1.0.0"\n';
    writeFileSync(join(folder, 'order.toml'), `${order}\n${group}`);
    return await provideLocalBuilder({ registryUrl: `http://${registry}`, folder });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Uploads a source; gives the id of the upload. */
export async function uploadFiles(kiln: TestKiln, files: Files): Promise<string> {
  const archive = pack();
  const written = buffer(archive);
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  archive.finalize();
  const answer = await fetch(`${kiln.access.api_url}/v1/uploads/archive`, {
    method: 'PUT',
    headers: { authorization: `Bearer ${kiln.access.token}`, 'content-type': 'application/x-tar' },
    body: new Uint8Array(await written),
  });
  return ((await answer.json()) as { id: string }).id;
}
