import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import type { z } from 'zod';
import { Build, BuildStep, LogChunk } from '../../src/contracts/builds.js';
import { LIST, LIST_SHA256 } from '../../src/contracts/examples/uploads.js';
import { PUBLIC_OPERATIONS } from '../../src/contracts/index.js';
import { Queue } from '../../src/contracts/queue.js';

const all = PUBLIC_OPERATIONS.map((operation) => [operation.id, operation] as const);

it.each(all)('%s has an example that its own schemas accept', (_id, operation) => {
  const { params = {}, query = {}, headers = {}, body, file, answer } = operation.example;
  operation.params?.parse(params);
  operation.query?.parse(query);
  operation.headers?.parse(headers);
  expect(Object.keys({ ...(operation.params ? {} : params), ...(operation.query ? {} : query) })).toEqual([]);
  expect(Object.keys(operation.headers?.shape ?? {})).toEqual(expect.arrayContaining(Object.keys(headers)));
  operation.body?.parse(body);
  expect(body === undefined).toBe(operation.body === undefined);
  if (operation.rawBody !== undefined) expect(file).toBeDefined();
  const response = operation.responses[answer.status];
  expect(response).toBeDefined();
  if (response?.schema) expect(response.schema.parse(answer.body)).toEqual(answer.body);
  else expect(typeof answer.body).toBe(response?.contentType === undefined ? 'undefined' : 'string');
});

it('announces the context of the examples under its true digest', () => {
  expect(createHash('sha256').update(LIST).digest('hex')).toBe(LIST_SHA256);
  for (const line of LIST.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown).not.toThrow();
});

const EVENTS: Readonly<Record<string, z.ZodType>> = {
  ...{ build: Build, step: BuildStep, log: LogChunk, queue: Queue },
};

it.each(all.filter(([, { example }]) => String(example.answer.body).includes('event: ')))(
  '%s shows events as they are sent',
  (id, { example }) => {
    const events = String(example.answer.body)
      .trimEnd()
      .split('\n\n')
      .map((text) => /^(?:id: (\S+)\n)?event: (\w+)\ndata: (.+)$/.exec(text));
    for (const event of events) EVENTS[event?.[2] ?? '']?.parse(JSON.parse(event?.[3] ?? ''));
    // A queue goes on for ever.
    expect(events.map((event) => event?.[2]).at(-1)).toBe(id === 'followQueue' ? 'queue' : 'end');
  },
);
