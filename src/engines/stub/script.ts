import { spawn } from 'node:child_process';
import { readFileSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { StubOrder } from './engine.js';
import { pushTinyImage } from './tiny-image.js';

/* Program: `node script.js <order.json>`. Lines that begin with "@kiln-stub " are for the parser, all others are log. */
const order = JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')) as StubOrder;
/** The first step is that of the process: what Node takes to load this is its own. */
const PROCESS_STARTED_AT = new Date(performance.timeOrigin).toISOString();

if (order.ignoreSigterm) process.on('SIGTERM', () => say('SIGTERM is ignored'));
if (order.spawnChild) {
  const stubborn = "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000);";
  spawn(process.execPath, ['-e', stubborn], { detached: true, stdio: 'ignore' }).unref();
}
if (order.secretFile !== null) say(`the secret is ${readFileSync(order.secretFile, 'utf8')}`);

for (let step = 1; step <= order.steps; step++) {
  tell({ step, status: 'running', ...(step === 1 && { at: PROCESS_STARTED_AT }) });
  const from = Math.floor((order.lines * (step - 1)) / order.steps);
  const to = Math.floor((order.lines * step) / order.steps);
  const pauseMs = (order.seconds * 1000) / order.steps / Math.max(1, to - from);
  for (let line = from + 1; line <= to; line++) {
    say(`line ${line}`);
    if (pauseMs >= 1) await sleep(pauseMs);
  }
  if (from === to && order.seconds > 0) await sleep((order.seconds * 1000) / order.steps);
  const failed = step === order.steps && order.exitCode !== 0;
  tell({ step, status: failed ? 'failed' : 'success' });
}
if (order.exitCode === 0 && order.image) tell({ digest: await pushTinyImage(order) });
// The exit is explicit: a child in a session of its own must not keep this process.
process.exit(order.exitCode);

function tell(fact: object): void {
  say(`@kiln-stub ${JSON.stringify({ at: new Date().toISOString(), ...fact })}`);
}

function say(text: string): void {
  writeSync(1, `${text}\n`);
}
