import { getBuild } from '../contracts/build-operations.js';
import type { Build, LogChunk } from '../contracts/builds.js';
import type { Publication } from '../contracts/publications.js';
import { followBuild, followLog, getLog } from '../contracts/log-operations.js';
import { isTerminal } from '../domain/builds/status.js';
import { findBuild } from './build-reference.js';
import type { Cli } from './cli.js';
import type { Client } from './client.js';
import type { LogsOptions } from './commands/logs.js';
import { connect } from './connect.js';
import { EXIT, exitCodeOfBuild } from './exit-codes.js';
import { followEvents } from './follow-events.js';
import { waitForEnd } from './follow-build.js';
import type { Answer } from './http.js';
import { NO_BUILD, withPublication } from './progress/build-state.js';
import { logLines, publicationLines } from './progress/plain-view.js';
import { printJson, writeSlowly } from './output.js';
import { tellAway } from './tell-away.js';
import { keepOnlyColours, stripEscapes } from './terminal/escapes.js';

/** `kiln logs`: the log as it stands, or followed to its end. Gives the exit code. */
export async function runLogs(cli: Cli, reference: string, options: LogsOptions): Promise<number> {
  const client = connect(cli, options);
  const build = await findBuild(client, reference);
  if (options.follow === true) return follow(cli, client, build, options);
  if (options.json === true && !build.log_complete) {
    cli.stderr.write('The log is not whole yet: with --json it is printed as far as it goes with -f.\n');
  }
  if (options.json === true) return follow(cli, client, build, options);
  // A person sees which step a line belongs to; a file or a pipe gets the log byte for byte.
  if (cli.stdout.isTTY === true && build.log_complete) {
    const exitCode = await follow(cli, client, build, options);
    return exitCode === EXIT.left ? exitCode : EXIT.success;
  }
  const response = await client.open(getLog, { params: { build: build.id } });
  await copyText(response, (text) => writeSlowly(cli.stdout, cleaner(cli)(text)));
  if (response.headers['kiln-log-complete'] === 'false') {
    cli.stderr.write(`The log is not whole yet; follow it with: kiln logs -f ${reference}\n`);
  }
  return EXIT.success;
}

async function follow(cli: Cli, client: Client, build: Build, options: LogsOptions): Promise<number> {
  const left = new AbortController();
  const stop = cli.onInterrupt(() => left.abort());
  const clean = cleaner(cli);
  const warn = (text: string): void => void cli.stderr.write(`${text}\n`);
  const over = new AbortController();
  if (options.json !== true)
    void tellPushes(client, build, AbortSignal.any([left.signal, over.signal]), warn);
  try {
    const params = { build: build.id };
    for await (const { event, data } of followEvents(client, followLog, params, {
      signal: left.signal,
      onBroken: tellAway(warn),
    })) {
      if (event !== 'log') continue;
      const chunk = JSON.parse(data) as LogChunk;
      if (options.json === true) printJson(cli, chunk);
      else if (cli.stdout.isTTY === true) {
        await writeSlowly(cli.stdout, `${clean(logLines(chunk).join('\n'))}\n`);
      } else await writeSlowly(cli.stdout, `${clean(chunk.log_content.replace(/\n$/, ''))}\n`);
    }
    if (left.signal.aborted) return EXIT.left;
    const now = await client.call(getBuild, { params });
    return exitCodeOfBuild(isTerminal(now.status) ? now : await waitForEnd(client, now, left.signal, warn));
  } finally {
    over.abort();
    stop();
  }
}

/** Says on the side how the image is pushed, which no log tells. Its trouble is that of the log, which says it. */
async function tellPushes(
  client: Client,
  build: Build,
  signal: AbortSignal,
  say: (text: string) => void,
): Promise<void> {
  if (isTerminal(build.status)) return;
  let state = NO_BUILD;
  try {
    for await (const { event, data } of followEvents(client, followBuild, { build: build.id }, { signal })) {
      if (event !== 'publication') continue;
      const next = withPublication(state, JSON.parse(data) as Publication);
      publicationLines(state.publications, next.publications).forEach(say);
      state = next;
    }
  } catch {
    return;
  }
}

function cleaner(cli: Cli): (text: string) => string {
  return cli.env['NO_COLOR'] ? stripEscapes : keepOnlyColours;
}

/* Lines are cleaned whole: an escape sequence may be cut in two by the network. */
async function copyText({ body }: Answer, write: (text: string) => Promise<void>): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    const end = rest.lastIndexOf('\n') + 1;
    if (end === 0) continue;
    await write(rest.slice(0, end));
    rest = rest.slice(end);
  }
  if (rest !== '') await write(`${rest}\n`);
}
