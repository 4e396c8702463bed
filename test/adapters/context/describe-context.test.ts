import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { type DescribedContext, describeContext } from '../../../src/adapters/context/describe-context.js';
import { HashCache } from '../../../src/adapters/context/hash-cache.js';
import { sha256Of } from '../../api/support/a-context.js';
import { temporaryFolder } from './archives.js';

let base: ReturnType<typeof temporaryFolder>;
let source: string;
beforeEach(() => {
  base = temporaryFolder();
  source = path.join(base.path, 'source');
  write('Dockerfile', 'FROM scratch\n');
});
afterEach(() => base.remove());

function write(name: string, content: string | Buffer = ''): void {
  const file = path.join(source, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}

async function described(dockerfile = 'Dockerfile', onFile?: () => void): Promise<DescribedContext> {
  const cache = await HashCache.open(null);
  return describeContext(source, { dockerfile, cache, ...(onFile === undefined ? {} : { onFile }) });
}

const entriesOf = ({ list }: DescribedContext): Record<string, unknown>[] =>
  list
    .toString('utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);

const names = async (dockerfile?: string): Promise<unknown[]> =>
  entriesOf(await described(dockerfile)).map((entry) => entry['path']);

describe('the description of a folder', () => {
  test('has its files, modes, links and times', async () => {
    write('bin/run', '#!/bin/sh\n');
    chmodSync(path.join(source, 'bin/run'), 0o4755);
    utimesSync(path.join(source, 'bin/run'), 1_700_000_000, 1_700_000_000.9);
    symlinkSync('bin/run', path.join(source, 'link'));
    mkdirSync(path.join(source, 'empty'));
    const context = await described();
    const [dockerfile, bin, run, empty, link] = entriesOf(context);
    expect(dockerfile).toMatchObject({ path: 'Dockerfile', size: 13, sha256: sha256Of('FROM scratch\n') });
    expect(bin).toMatchObject({ path: 'bin', kind: 'folder' });
    expect(run).toMatchObject({ path: 'bin/run', kind: 'file', mode: 0o755, mtime: 1_700_000_000, size: 10 });
    expect(empty).toMatchObject({ path: 'empty', kind: 'folder' });
    expect(link).toEqual({ path: 'link', kind: 'link', target: 'bin/run' });
    expect(context).toMatchObject({ entryCount: 5, fileCount: 2, sizeBytes: 23 });
    expect(context.sha256).toBe(sha256Of(context.list));
    expect(context.files.get(sha256Of('#!/bin/sh\n'))).toEqual({
      path: path.join(source, 'bin/run'),
      size: 10,
    });
  });

  test('is the same to the byte each time, in the order of bytes', async () => {
    for (const name of ['z', 'a/b', 'B', 'a-b', 'ü/日本.txt']) write(name);
    expect((await described()).list).toEqual((await described()).list);
    expect(await names()).toEqual(['B', 'Dockerfile', 'a', 'a-b', 'a/b', 'z', 'ü', 'ü/日本.txt']);
  });

  test('has no pipes', async () => {
    execFileSync('mkfifo', [path.join(source, 'pipe')]);
    expect(await names()).toEqual(['Dockerfile']);
  });

  test('says so when a file changes while it is read', async () => {
    write('a', 'first');
    for (let index = 0; index < 20; index++) write(`z${index}`, 'before');
    let reads = 0;
    // Once: other files are still read when the refusal is out.
    const change = (): void => {
      if (reads++ === 0) writeFileSync(path.join(source, 'z9'), 'longer than before');
    };
    await expect(described('Dockerfile', change)).rejects.toMatchObject({
      code: 'context_invalid',
      message: expect.stringMatching(/"z9".*changed/) as unknown,
    });
  });

  test('reads no further file once one cannot be used', async () => {
    for (let index = 0; index < 200; index++) write(`z${index}`, 'before');
    let read = 0;
    const change = (): void => {
      read += 1;
      if (read === 1) write('z12', 'longer than before');
    };
    await expect(described('Dockerfile', change)).rejects.toMatchObject({ code: 'context_invalid' });
    const readBefore = read;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(read).toBe(readBefore);
    expect(read).toBeLessThan(60);
  });

  test('is refused for a name that is not UTF-8: it would be left out in silence', async () => {
    writeFileSync(Buffer.concat([Buffer.from(`${source}/`), Buffer.from([0x66, 0xfc])]), 'x');
    await expect(described()).rejects.toMatchObject({
      code: 'context_invalid',
      message: expect.stringContaining('UTF-8') as unknown,
    });
    write('.dockerignore', 'f*\n');
    expect(await names()).toEqual(['.dockerignore', 'Dockerfile']);
  });

  test.each([
    ['upwards', '../secret'],
    ['upwards and back in', '../source/Dockerfile'],
    ['to an absolute path', '/etc/passwd'],
  ])('is refused with a link %s, unless it is left out', async (_, target) => {
    symlinkSync(target, path.join(source, 'bad'));
    await expect(described()).rejects.toMatchObject({
      code: 'path_escapes_context',
      message: expect.stringContaining('"bad"') as unknown,
    });
    write('.dockerignore', 'bad\n');
    expect(await names()).toEqual(['.dockerignore', 'Dockerfile']);
  });
});

describe('.dockerignore', () => {
  test('leaves out what it says, but never Dockerfile and .dockerignore', async () => {
    write('.dockerignore', '*\n!src\nsrc/*.log\n');
    for (const name of ['x', 'src/a', 'src/b.log', 'src/sub/c.log', '.git/config']) write(name);
    expect(await names()).toEqual([
      '.dockerignore',
      'Dockerfile',
      'src',
      'src/a',
      'src/sub',
      'src/sub/c.log',
    ]);
  });

  test('does not leave out a Dockerfile below an excluded folder, nor its folders', async () => {
    write('.dockerignore', '**\n');
    for (const name of ['docker/api/Dockerfile', 'docker/api/x', 'docker/y']) write(name);
    expect(await names('docker/api/Dockerfile')).toEqual([
      '.dockerignore',
      'docker',
      'docker/api',
      'docker/api/Dockerfile',
    ]);
  });

  test('of the Dockerfile comes before the common one', async () => {
    write('docker/api.Dockerfile', 'FROM scratch\n');
    write('docker/api.Dockerfile.dockerignore', 'docker\nx\n');
    write('.dockerignore', 'y\n');
    for (const name of ['x', 'y', 'docker/other']) write(name);
    expect(await names('docker/api.Dockerfile')).toEqual([
      '.dockerignore',
      'Dockerfile',
      'docker',
      'docker/api.Dockerfile',
      'docker/api.Dockerfile.dockerignore',
      'y',
    ]);
  });

  test('takes back what an exception names below an excluded folder', async () => {
    write('.dockerignore', 'node_modules\n!node_modules/keep/**\n');
    for (const name of ['node_modules/keep/a', 'node_modules/drop/b']) write(name);
    expect(await names()).toEqual([
      '.dockerignore',
      'Dockerfile',
      'node_modules',
      'node_modules/keep',
      'node_modules/keep/a',
    ]);
  });

  test.each([
    ['*.md\n!README.md\n', ['README.md']],
    ['!README.md\n*.md\n', []],
  ])('follows the last rule that holds: %j', async (rules, left) => {
    write('.dockerignore', rules);
    for (const name of ['README.md', 'other.md']) write(name);
    expect((await names()).filter((name) => String(name).endsWith('.md'))).toEqual(left);
  });
});
