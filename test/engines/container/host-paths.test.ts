import { expect, test } from 'vitest';
import { containerEngine } from '../../../src/engines/container/engine.js';
import type { RunPlan } from '../../../src/ports/engine.js';

const WORKSPACE = '/srv/kiln/runs/b1-1/workspace';
const ORDER = {
  storage: { folder: '/srv/kiln/storage/container/t', temporaryFolder: '/srv/kiln/tmp-b1' },
  runtime: { file: `${WORKSPACE}/work/runtime`, runc: '/opt/tools/runc' },
  phases: [{ name: 'build', image: null, argv: ['/opt/tools/buildah', 'build'] }],
};
const plan: RunPlan = {
  argv: ['node'],
  env: {},
  cwd: `${WORKSPACE}/work`,
  files: { [`${WORKSPACE}/work/order.json`]: JSON.stringify(ORDER) },
  outputs: [`${WORKSPACE}/work/digest`],
};
const record = (fields: object): string => `${JSON.stringify({ at: 1, ...fields })}\n`;
const said = (text: string): string => record({ err: Buffer.from(text).toString('base64') });

test('neither the log nor the reason of a failure says where the host keeps things', () => {
  const parser = containerEngine.createParser(plan);
  const step = Buffer.from('STEP 1/1: COPY missing.txt /\n').toString('base64');
  const events = [
    record({ begin: 'build', image: null }),
    record({ out: step }),
    said('from /opt/tools/runc creating container in /srv/kiln/storage/container/t/root\n'),
    said(
      `Error: building at STEP "COPY missing.txt /": checking on sources under "${WORKSPACE}/context": stat ${WORKSPACE}/context/missing.txt: no such file or directory\n`,
    ),
    record({ end: 'build', exitCode: 125, signal: null }),
  ].flatMap((text) => [...parser.feed(Buffer.from(text), 'stdout')]);
  const { failure, events: last } = parser.finish(
    { exitCode: 125, signal: null, outputs: {} },
    (text) => text,
  );
  const log = [...events, ...last]
    .map((event) => (event.kind === 'log' ? Buffer.from(event.bytes).toString() : ''))
    .join('');
  expect(log).toContain('from runc creating container in storage/root');
  expect(log).toContain('under "context": stat context/missing.txt');
  expect(failure?.message).toContain('"missing.txt" is not there to be copied');
  expect(JSON.stringify([failure, log, ...events])).not.toMatch(/\/srv|\/opt/);
});
