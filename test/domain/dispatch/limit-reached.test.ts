import { expect, test } from 'vitest';
import { limitReached } from '../../../src/domain/dispatch/limit-reached.js';

test('a limit of 0 is not waited for: the refusal says so, and who raises it', () => {
  const { message, fix, rule } = limitReached('max_concurrent_builds', 0, []);
  expect(rule.retryable).toBe(false);
  expect(message).toBe("The tenant's limit max_concurrent_builds is 0: it allows no build.");
  expect(fix).not.toContain('Ask again');
  expect(fix).toContain('kiln limits set max_concurrent_builds=VALUE');
});

test('a limit that builds hold names them, and how to end one', () => {
  const { message, fix, rule } = limitReached('max_concurrent_builds', 1, [{ name: 'app#3', runs: true }]);
  expect(rule.retryable).toBe(true);
  expect(message).toContain('held by app#3');
  expect(fix).toMatch(/^Ask again when one has ended, end one \(kiln cancel app#3\)/);
});
