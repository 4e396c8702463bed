import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** What a measurement has to end, however it ends: in the opposite order, each once, and all of it whatever fails. */
export class Closing {
  #closers = [];

  /**
   * Opens something and sees to its end: `close` gets what `open` gave, also where the measurement is interrupted before that. Gives it.
   */
  async open(open, close) {
    const opening = Promise.resolve().then(open);
    this.#closers.push(() => opening.then(close, () => undefined));
    return opening;
  }

  async close() {
    for (let close = this.#closers.pop(); close !== undefined; close = this.#closers.pop())
      await close().catch((error) => console.error('Something of the measurement was not ended:', error));
  }
}

/** Rejects at the first SIGINT or SIGTERM, so that what was started is ended. A second one ends the process at once. */
export function interruption() {
  return new Promise((_resolve, reject) => {
    let isFirst = true;
    const interrupt = () => {
      if (!isFirst) process.exit(130);
      isFirst = false;
      reject(Object.assign(new Error('The measurement was interrupted.'), { isInterruption: true }));
    };
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, interrupt);
  });
}

/** A folder of the measurement's own. */
export function openScratch(closing) {
  return closing.open(
    () => mkdtempSync(path.join(os.tmpdir(), 'kiln-bench-')),
    (folder) => rmSync(folder, { recursive: true, force: true }),
  );
}
