import { spawn } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { claimStateFolder, readOwner, readServing, releaseStateFolder } from '../../src/embedded/owner.js';
import { processStartTime } from '../../src/embedded/process-identity.js';

let stateFolder: string;
const children: number[] = [];

beforeEach(async () => {
  stateFolder = await mkdtemp(join(tmpdir(), 'kiln-owner-'));
});

afterEach(async () => {
  for (const pid of children.splice(0)) process.kill(pid, 'SIGKILL');
  await rm(stateFolder, { recursive: true, force: true });
});

function anotherKiln(): { pid: number; startTime: string } {
  const pid = spawn('sleep', ['60'], { stdio: 'ignore' }).pid ?? 0;
  children.push(pid);
  return { pid, startTime: processStartTime(pid) ?? '' };
}

const writeOwner = (text: string): Promise<void> => writeFile(join(stateFolder, 'up.json'), text);

test('a state folder that another Kiln serves from is refused, by name and with a way out, and nothing is written', async () => {
  const other = anotherKiln();
  await writeOwner(JSON.stringify(other));

  const claiming = claimStateFolder(stateFolder);

  await expect(claiming).rejects.toMatchObject({
    code: 'already_serving',
    message: expect.stringContaining(`process ${other.pid}) serves from ${stateFolder}`),
    rule: { fix: expect.stringContaining('kiln down --state') },
  });
  expect(await readOwner(stateFolder)).toEqual(other);
  expect(await readdir(stateFolder)).toEqual(['up.json']);
});

test('a command that works on a stopped Kiln is named, never taken for a Kiln that serves', async () => {
  const other = { ...anotherKiln(), command: 'kiln backup' };
  await writeOwner(JSON.stringify(other));
  const refused = {
    code: 'state_in_use',
    message: expect.stringContaining(`"kiln backup" (process ${other.pid}) works on ${stateFolder}`),
  };

  await expect(claimStateFolder(stateFolder)).rejects.toMatchObject(refused);
  await expect(claimStateFolder(stateFolder, 'kiln verify')).rejects.toMatchObject(refused);
  await expect(readServing(stateFolder)).rejects.toMatchObject(refused);
});

test('a claim says which command has made it, and `kiln up` needs no name', async () => {
  await claimStateFolder(stateFolder, 'kiln restore');
  expect(await readOwner(stateFolder)).toMatchObject({ command: 'kiln restore' });
  await releaseStateFolder(stateFolder);

  await claimStateFolder(stateFolder);
  expect(await readServing(stateFolder)).toMatchObject({ pid: process.pid });
});

test('the folder of a Kiln that died is taken over', async () => {
  await writeOwner(JSON.stringify({ pid: process.pid, startTime: 'another time' }));

  await claimStateFolder(stateFolder);

  expect(await readOwner(stateFolder)).toEqual({
    pid: process.pid,
    startTime: processStartTime(process.pid),
  });
});

test('half a file names no owner and is taken over', async () => {
  await writeOwner('{"pid":12');
  expect(await readOwner(stateFolder)).toBeNull();

  await claimStateFolder(stateFolder);

  expect((await readOwner(stateFolder))?.pid).toBe(process.pid);
});

test('of several claims at once one is granted', async () => {
  const claims = await Promise.allSettled([1, 2, 3].map(() => claimStateFolder(stateFolder)));

  expect(claims.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
});

test('of several claims at once on the folder of a Kiln that died one is granted, every time', async () => {
  for (let round = 0; round < 30; round += 1) {
    await writeOwner(JSON.stringify({ pid: process.pid, startTime: 'another time' }));

    const claims = await Promise.allSettled([1, 2, 3, 4].map(() => claimStateFolder(stateFolder)));

    expect(claims.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  }
});

test('a released folder has no owner', async () => {
  await claimStateFolder(stateFolder);

  await releaseStateFolder(stateFolder);

  expect(await readOwner(stateFolder)).toBeNull();
});

test('a new state folder lets others pass at most, and its parts are for their owner alone', async () => {
  const fresh = join(stateFolder, 'new');

  await claimStateFolder(fresh);

  const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
  expect((await modeOf(fresh)) & 0o066).toBe(0);
  for (const name of ['data', 'registry', 'secrets', 'supervisor', 'temporal'])
    expect(await modeOf(join(fresh, name))).toBe(0o700);
  expect(await readFile(join(fresh, 'up.json'), 'utf8')).toContain(String(process.pid));
});
