import { AsyncLocalStorage } from 'node:async_hooks';
import { TestEnvironment } from 'jest-environment-node';

const opened = new Set();
const { run } = AsyncLocalStorage.prototype;
AsyncLocalStorage.prototype.run = function (...args) {
  opened.add(this);
  return run.apply(this, args);
};

/**
 * Jest's environment for Node, which closes every AsyncLocalStorage with the suite that opened it. Jest opens one a suite and leaves
 * it open, and Node copies all open ones to each new promise: the hundredth suite of a process is slow by them.
 */
export default class SuiteEnvironment extends TestEnvironment {
  async teardown() {
    await super.teardown();
    for (const storage of opened) storage.disable();
    opened.clear();
  }
}
