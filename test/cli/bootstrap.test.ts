import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

interface Lock {
  withLock<T>(file: string, say: (text: string) => void, work: () => Promise<T>): Promise<T>;
}
interface Stamps {
  dependenciesMatchLock(root: string): boolean;
  sourceStamp(root: string): string;
  pruneStale(root: string): void;
}
const bin = (name: string) => new URL(`../../bin/${name}`, import.meta.url).href;
const { withLock } = (await import(bin('bootstrap-lock.mjs'))) as Lock;
const stamps = (await import(bin('bootstrap-stamps.mjs'))) as Stamps;

let root: string;
beforeEach(() => {
  root = fs.mkdtempSync(path.join(os.tmpdir(), 'kiln-bootstrap-'));
});
afterEach(() => fs.rmSync(root, { recursive: true, force: true }));

function write(file: string, content: string): void {
  fs.mkdirSync(path.dirname(path.join(root, file)), { recursive: true });
  fs.writeFileSync(path.join(root, file), content);
}

describe('two commands that prepare a checkout at once', () => {
  it('work one after the other, and the second says that it waits', async () => {
    const file = path.join(root, 'dist', 'lock');
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} begins`);
      await sleep(150);
      events.push(`${name} ends`);
    };
    const said: string[] = [];
    await Promise.all([
      withLock(file, (text) => said.push(text), work('a')),
      withLock(file, (text) => said.push(text), work('b')),
    ]);
    expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends']);
    expect(said).toEqual(['Another Kiln command is preparing this checkout; waiting for it...']);
    expect(fs.readdirSync(path.dirname(file))).toEqual([]);
  });

  it('do not wait for one that was killed', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const file = path.join(root, 'lock');
    fs.writeFileSync(file, String(child.pid));
    await expect(
      withLock(
        file,
        () => undefined,
        () => Promise.resolve('done'),
      ),
    ).resolves.toBe('done');
  });

  it('leave no lock behind when the work fails', async () => {
    const file = path.join(root, 'lock');
    await expect(
      withLock(
        file,
        () => undefined,
        () => Promise.reject(new Error('no')),
      ),
    ).rejects.toThrow('no');
    expect(fs.existsSync(file)).toBe(false);
  });
});

describe('what has to be done again', () => {
  const lock = (version: string) =>
    JSON.stringify({
      packages: {
        '': {},
        'node_modules/a': { version },
        'node_modules/b': { version: '1.0.0', optional: true },
      },
    });

  it('dependencies, when a package is missing or of another version; optional ones may be absent', () => {
    write('package-lock.json', lock('1.0.0'));
    expect(stamps.dependenciesMatchLock(root)).toBe(false);
    write(
      'node_modules/.package-lock.json',
      JSON.stringify({ packages: { 'node_modules/a': { version: '1.0.0' } } }),
    );
    expect(stamps.dependenciesMatchLock(root)).toBe(true);
    write('package-lock.json', lock('1.0.1'));
    expect(stamps.dependenciesMatchLock(root)).toBe(false);
  });

  it('the compile, when a source comes, changes or goes', () => {
    write('package-lock.json', '{}');
    write('src/a.ts', '1');
    const first = stamps.sourceStamp(root);
    expect(stamps.sourceStamp(root)).toBe(first);
    write('src/deep/b.ts', '2');
    const second = stamps.sourceStamp(root);
    write('src/a.ts', '12');
    const third = stamps.sourceStamp(root);
    fs.rmSync(path.join(root, 'src/deep/b.ts'));
    expect(new Set([first, second, third, stamps.sourceStamp(root)]).size).toBe(4);
  });

  it('what was compiled from a source that is gone is removed', () => {
    write('src/a.ts', '');
    for (const file of ['a.js', 'a.js.map', 'gone.js', 'gone.js.map']) write(`dist/src/${file}`, '');
    stamps.pruneStale(root);
    expect(fs.readdirSync(path.join(root, 'dist/src'))).toEqual(['a.js', 'a.js.map']);
  });
});
