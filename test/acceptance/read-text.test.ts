import { describe, expect, test } from 'vitest';
import { findFile, readDockerfile } from '../../src/acceptance/read-text.js';
import type { ApiDeps } from '../../src/api/deps.js';
import { ByteReader } from '../../src/domain/contexts/byte-reader.js';
import type { ContextList } from '../../src/domain/contexts/context-list.js';
import { readContextList } from '../../src/domain/contexts/read-list.js';
import { aContext, type MadeContext } from '../api/support/a-context.js';
import { TENANT } from '../api/support/records.js';

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

const listOf = ({ list }: MadeContext): Promise<ContextList> =>
  readContextList(new ByteReader(once(list)), { maxBytes: 1e9, maxEntries: 100 });

async function read(
  files: Readonly<Record<string, string | Buffer>>,
  wanted = 'Dockerfile',
): Promise<string> {
  const context = aContext(files);
  const deps = {
    files: { open: (_: string, sha256: string) => Promise.resolve(once(context.contents.get(sha256)!)) },
  } as unknown as Pick<ApiDeps, 'contents' | 'files'>;
  return readDockerfile(deps, TENANT.tenantId, await listOf(context), wanted);
}

describe('a Dockerfile in an uploaded context', () => {
  test('is found however its name is written', async () => {
    const files = { 'src/Dockerfile': 'FROM a' };
    expect(await read(files, 'src//Dockerfile')).toBe('FROM a');
    expect(await read(files, './src/./Dockerfile')).toBe('FROM a');
  });

  test('is taken in lower case where there is no other', async () => {
    expect(await read({ dockerfile: 'FROM a' })).toBe('FROM a');
    expect(await read({ 'x/dockerfile': 'FROM a' }, 'x/Dockerfile')).toBe('FROM a');
    expect(await read({ dockerfile: 'FROM a', Dockerfile: 'FROM b' })).toBe('FROM b');
  });

  test('may be a link inside, also by way of a folder', async () => {
    expect(await read({ 'a/Dockerfile': '-> ../b/file', 'b/file': 'FROM a' }, 'a/Dockerfile')).toBe('FROM a');
    expect(await read({ a: '-> b', 'b/Dockerfile': 'FROM a' }, 'a/Dockerfile')).toBe('FROM a');
  });

  test('that is missing is said to be, with what is near', async () => {
    await expect(read({ 'docker/Dockerfile.api': 'FROM a', x: 'x' })).rejects.toMatchObject({
      code: 'dockerfile_missing',
      message: expect.stringMatching(/no Dockerfile .*docker\/Dockerfile\.api.*--file/) as unknown,
    });
  });

  test.each([
    ['links go round', { Dockerfile: '-> b', b: '-> Dockerfile' }],
    ['a link leads nowhere', { Dockerfile: '-> b' }],
    ['it is a folder', { 'Dockerfile/x': 'FROM a' }],
  ])('is missing where %s', async (_, files) => {
    await expect(read(files)).rejects.toMatchObject({ code: 'dockerfile_missing' });
  });

  test.each(['../Dockerfile', '/etc/passwd', 'a/../../Dockerfile'])('is refused as %s', async (wanted) => {
    await expect(read({ 'a/x': 'x' }, wanted)).rejects.toMatchObject({ code: 'path_escapes_context' });
  });

  test('is refused when it is none by its size', async () => {
    await expect(read({ Dockerfile: Buffer.alloc(1024 * 1024 + 1, '#') })).rejects.toMatchObject({
      code: 'dockerfile_invalid',
    });
  });

  test('is none when it is empty or absent', async () => {
    expect(await read({ Dockerfile: '' })).toBe('');
    expect(findFile(await listOf(aContext({ a: 'x' })), 'b')).toBeNull();
  });
});
