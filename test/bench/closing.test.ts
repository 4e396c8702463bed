import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Closing, openScratch } from '../../bench/closing.mjs';

test('what a measurement opened is ended in the opposite order, also what it opens while it is interrupted', async () => {
  const closing = new Closing();
  const ended: string[] = [];
  await closing.open(
    () => 'stack',
    (what) => ended.push(what),
  );
  const scratch = await openScratch(closing);
  void closing.open(
    () => sleep(20, 'host'),
    (what) => ended.push(what),
  );
  await closing.close();
  expect(ended).toEqual(['host', 'stack']);
  expect(existsSync(scratch)).toBe(false);
});

test('what could not be opened, or not be ended, does not keep the rest', async () => {
  const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  const closing = new Closing();
  const ended: string[] = [];
  await closing.open(
    () => 'stack',
    (what) => ended.push(what),
  );
  await closing.open(
    () => 'pool',
    () => Promise.reject(new Error('busy')),
  );
  await expect(closing.open(() => Promise.reject(new Error('no port')), sleep)).rejects.toThrow('no port');
  await closing.close();
  expect(ended).toEqual(['stack']);
  expect(said).toHaveBeenCalledTimes(1);
  said.mockRestore();
});
