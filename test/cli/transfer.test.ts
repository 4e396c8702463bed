import { beforeEach, expect, test } from 'vitest';
import { Transfer } from '../../src/cli/progress/transfer.js';

const MB = 1_000_000;
let nowMs: number;
let transfer: Transfer;
beforeEach(() => {
  nowMs = 0;
  transfer = new Transfer(100 * MB, () => nowMs);
});

/** So many seconds at so many bytes a second. */
function send(seconds: number, bytesPerSecond: number): void {
  for (let tenth = 0; tenth < seconds * 10; tenth += 1) {
    nowMs += 100;
    transfer.add(bytesPerSecond / 10);
  }
}

test('it tells rate and time left in whole seconds, and fits into forty columns', () => {
  send(2, 5 * MB);
  expect(transfer.forms()).toEqual([
    'Sending 10.0 MB of 100.0 MB at 5.0 MB/s, 18s left',
    '10.0 MB of 100.0 MB, 5.0 MB/s, 18s left',
    '10.0 MB of 100.0 MB, 18s left',
    '18s left',
  ]);
});

test('a line that slows down is told within seconds', () => {
  send(5, 10 * MB);
  send(6, MB);
  expect(transfer.forms()[0]).toBe('Sending 56.0 MB of 100.0 MB at 1.0 MB/s, 44s left');
});

test('before there is anything to tell it from, and after a break, no rate is made up', () => {
  transfer.add(MB);
  expect(transfer.forms()[0]).toBe('Sending 1.0 MB of 100.0 MB');
  send(18, 5 * MB);
  transfer.correct(90 * MB);
  expect(transfer.brokenForms()[0]).toBe('90.0 MB of 100.0 MB sent: the connection broke, going on');
  transfer.add(0.1 * MB);
  expect(transfer.forms()[0]).toBe('Sending 90.1 MB of 100.0 MB');
});

test('once everything is handed over it does not say that no time is left', () => {
  send(20, 5 * MB);
  expect(transfer.forms()[0]).toBe('Sent 100.0 MB, waiting until it is stored');
});
