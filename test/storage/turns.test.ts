import { expect, test } from 'vitest';
import { Turns } from '../../src/storage/turns.js';

const NEVER = new AbortController().signal;
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Takes turns and notes in which order they begin; each ends when its function is called. */
function begin(turns: Turns, begun: string[]) {
  return (name: string, of: readonly string[] = [], signal = NEVER) => {
    const taken = turns.take(signal, of).then((end) => {
      begun.push(name);
      return end;
    });
    taken.catch(() => undefined);
    return async () => (await taken)();
  };
}

test('so many go on at once, the others one after the other', async () => {
  const begun: string[] = [];
  const take = begin(new Turns(2), begun);
  const [a] = ['a', 'b', 'c', 'd'].map((name) => take(name));
  await settle();
  expect(begun).toEqual(['a', 'b']);
  await a!();
  await settle();
  expect(begun).toEqual(['a', 'b', 'c']);
});

test('what uses one thing waits for that, and who waits holds up nobody else, also not with what else it uses', async () => {
  const begun: string[] = [];
  const take = begin(new Turns(4, 1), begun);
  const first = take('x', ['x']);
  take('x again', ['x']);
  take('x and y', ['x', 'y']);
  const y = take('y', ['y']);
  await settle();
  expect(begun).toEqual(['x', 'y']);
  await first();
  await settle();
  expect(begun).toEqual(['x', 'y', 'x again']);
  await y();
  await settle();
  expect(begun).toEqual(['x', 'y', 'x again']);
});

test('who gives up takes no turn', async () => {
  const begun: string[] = [];
  const take = begin(new Turns(1), begun);
  const first = take('a');
  const stop = new AbortController();
  take('b', [], stop.signal);
  take('c');
  stop.abort();
  await first();
  await settle();
  expect(begun).toEqual(['a', 'c']);
});
