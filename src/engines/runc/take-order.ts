import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { AheadLine } from '../../ports/engine.js';

/**
 * The order of a launcher: from the file that its argument names, or, where it was started ahead of its run, from the one that a line on
 * stdin names, with the folder and the environment of the run. `onWait` is called where there is time before that.
 */
export async function takeOrder<Order>(onWait: () => void = () => {}): Promise<Order> {
  const [, , file] = process.argv;
  if (file !== undefined) return readOrder(file);
  onWait();
  const told = await lineOfStdin();
  // Who would have told it is gone.
  if (told === null) process.exit(0);
  const { order, cwd, env } = JSON.parse(told) as AheadLine;
  process.chdir(cwd);
  Object.assign(process.env, env);
  return readOrder(order);
}

function readOrder<Order>(file: string): Order {
  return JSON.parse(readFileSync(file, 'utf8')) as Order;
}

async function lineOfStdin(): Promise<string | null> {
  const lines = createInterface({ input: process.stdin });
  for await (const line of lines) {
    process.stdin.destroy();
    return line;
  }
  return null;
}
