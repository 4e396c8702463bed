import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { clearCaches, copyCache, keepCache } from '../../../src/engines/buildx/local-caches.js';

describe('local caches', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'kiln-local-caches-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const at = (...names: string[]): string => path.join(folder, ...names);
  /** A folder as buildctl writes it, with so many bytes of layers. */
  function written(name: string, bytes = 10): string {
    mkdirSync(at(name, 'blobs/sha256'), { recursive: true });
    writeFileSync(at(name, 'blobs/sha256/a'), Buffer.alloc(bytes, name));
    writeFileSync(at(name, 'index.json'), '{}');
    return at(name);
  }
  const usedAt = (cache: string, seconds: number): void => utimesSync(cache, seconds, seconds);

  test('are copied so that a copy stays what it is when the cache is written anew', () => {
    keepCache(written('old'), at('t/p/main'));
    expect(copyCache(at('t/p/main'), at('copy'))).toBe(true);
    expect(keepCache(written('new'), at('t/p/main'))).toBeNull();
    expect(readFileSync(at('copy/blobs/sha256/a'), 'utf8')).toMatch(/^old/);
    expect(readFileSync(at('t/p/main/blobs/sha256/a'), 'utf8')).toMatch(/^new/);
    expect(readdirSync(at('t/p'))).toEqual(['main']);
  });

  test('need not be there to be read', () => {
    expect([copyCache(at('t/p/none'), at('copy')), existsSync(at('copy'))]).toEqual([false, false]);
  });

  test('are not kept when buildctl did not end them, or when they are too large', () => {
    mkdirSync(at('half/blobs'), { recursive: true });
    expect(keepCache(at('half'), at('t/p/main'))).toBe('it was not written');
    const bounds = { cacheBytes: 1000, projectBytes: 2000 };
    expect(keepCache(written('large', 1001), at('t/p/main'), bounds)).toMatch(/more than 1000/);
    expect(existsSync(at('t/p/main'))).toBe(false);
  });

  test('of a project beyond its bound go, the one that was used longest ago first', () => {
    const bounds = { cacheBytes: 1000, projectBytes: 2000 };
    for (const [index, name] of ['a', 'b'].entries()) {
      keepCache(written(name, 800), at('t/p', name), bounds);
      usedAt(at('t/p', name), 1000 + index);
    }
    copyCache(at('t/p/a'), at('copy'));
    keepCache(written('c', 800), at('t/p/c'), bounds);
    expect(readdirSync(at('t/p')).sort()).toEqual(['a', 'c']);
  });

  test('of all tenants go while a disk is short, the one that was used longest ago first', async () => {
    for (const [index, cache] of ['t1/p1/a', 't2/p2/b', 't2/p3/c'].entries()) {
      keepCache(written(`w${index}`), at('root', cache));
      usedAt(at('root', cache), 1000 - index);
    }
    let short = 2;
    await clearCaches(at('root'), () => Promise.resolve(short-- > 0));
    expect(['t1/p1/a', 't2/p2/b', 't2/p3/c'].map((cache) => existsSync(at('root', cache)))).toEqual([
      true,
      false,
      false,
    ]);
  });
});
