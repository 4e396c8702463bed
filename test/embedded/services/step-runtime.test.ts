import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runtimeScript } from '../../../src/embedded/services/step-runtime.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "kiln it's-"));
  mkdirSync(join(folder, 'pids/kiln-ab12/b1-1'), { recursive: true });
  writeFileSync(join(folder, 'runc'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
  const script = runtimeScript(join(folder, 'runc'), '/kiln-ab12', join(folder, 'pids'));
  writeFileSync(join(folder, 'runtime'), script, { mode: 0o755 });
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Process {
  readonly args: string[];
  readonly env: string[];
}

/** Starts the program as BuildKit does; gives the group of the step, and what runc was told. */
function start(process: Process, expected = process): { group: unknown; told: string } {
  const bundle = join(folder, 'bundle');
  const config = { process, hostname: 'a', linux: { resources: {}, cgroupsPath: '/buildkit/step1' } };
  mkdirSync(bundle, { recursive: true });
  writeFileSync(join(bundle, 'config.json'), JSON.stringify(config));
  const told = execFileSync(join(folder, 'runtime'), ['run', '--bundle', bundle, 'step1']).toString();
  const after = JSON.parse(readFileSync(join(bundle, 'config.json'), 'utf8')) as typeof config;
  expect({ ...after.linux, cgroupsPath: null }).toEqual({ ...config.linux, cgroupsPath: null });
  expect(after.process).toEqual(expected);
  return { group: after.linux.cgroupsPath, told: told.trim().replace(folder, '') };
}

test('a step is put into the group of its run, and runc is started as it was asked', () => {
  const step = start({ args: ['/bin/sh'], env: ['A=1', 'TRACESTATE=kiln=/kiln-ab12/b1-1/builder'] });
  expect(step).toEqual({
    group: '/kiln-ab12/b1-1/builder/step1',
    told: 'run --bundle /bundle step1',
  });
});

test('what a Dockerfile says of its group is overruled by what BuildKit says after it', () => {
  const own = 'TRACESTATE=kiln=/kiln-ab12/b1-1/builder';
  const forged = 'TRACESTATE=kiln=/kiln-ab12/b2-1/builder';
  const quoted = `A="${forged}","cgroupsPath":"/x"`;
  mkdirSync(join(folder, 'pids/kiln-ab12/b2-1'));
  const { group } = start({ args: [forged, quoted], env: [forged, quoted, own] });
  expect(group).toBe('/kiln-ab12/b1-1/builder/step1');
});

test('what BuildKit says of traces is kept from the step', () => {
  const process = { args: ['TRACEPARENT=1'], env: ['A=1', 'TRACESTATE=mine'] };
  const appended = [
    'OTEL_TRACES_EXPORTER=otlp',
    'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT=unix:///dev/otel-grpc.sock',
    'OTEL_EXPORTER_OTLP_TRACES_PROTOCOL=grpc',
    'OTEL_TRACE_PARENT=00-1',
    'OTEL_TRACE_STATE=kiln=/kiln-ab12/b1-1/builder',
    'TRACEPARENT=00-1',
    'TRACESTATE=kiln=/kiln-ab12/b1-1/builder',
  ];
  const step = start({ ...process, env: [...process.env, ...appended] }, process);
  expect(step.group).toBe('/kiln-ab12/b1-1/builder/step1');
});

test.each([
  ['a run that is over', 'TRACESTATE=kiln=/kiln-ab12/b3-1/builder'],
  ['another Kiln', 'TRACESTATE=kiln=/kiln-cd34/b1-1/builder'],
  ['no run', 'TRACESTATE=other=1'],
  ['a place outside', 'TRACESTATE=kiln=/kiln-ab12/../b1-1/builder'],
])('a step of %s stays where BuildKit puts it', (_of, state) => {
  expect(start({ args: [], env: [state] }).group).toBe('/buildkit/step1');
});

test('what has no bundle goes to runc as it is', () => {
  expect(execFileSync(join(folder, 'runtime'), ['delete', 'step1']).toString()).toBe('delete step1\n');
});
