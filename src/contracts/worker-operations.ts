import { z } from 'zod';
import { operation } from './operation.js';
import { listOf } from './parameters.js';
import {
  AddedWorker,
  EXAMPLE_WORKER,
  EXAMPLE_WORKER_PAGE,
  NewWorker,
  Worker,
  WorkerChange,
  WorkerName,
  WorkerPage,
} from './workers.js';

const params = z.strictObject({ worker: WorkerName });
const example = { params: { worker: EXAMPLE_WORKER.name } };
const WHOSE = 'Those of the own tenant may be changed by its tokens, shared ones by those of the operator.';

export const addWorker = operation({
  id: 'addWorker',
  method: 'post',
  path: '/v1/workers',
  tag: 'workers',
  summary: 'Adds a build host by name, and gives the token by which it speaks',
  description: `It is offline until its supervisor speaks by the token. ${WHOSE}`,
  auth: 'token',
  body: NewWorker,
  responses: { 201: { description: 'Added.', schema: AddedWorker } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'forbidden', 'worker_name_taken'],
  example: {
    body: { name: EXAMPLE_WORKER.name, is_shared: true },
    answer: {
      status: 201,
      body: { worker: EXAMPLE_WORKER, token: 'kilnw_shown-once' },
    },
  },
});

export const listWorkers = operation({
  id: 'listWorkers',
  method: 'get',
  path: '/v1/workers',
  tag: 'workers',
  summary: 'Lists the build hosts that builds of the tenant can run on, by name',
  auth: 'token',
  responses: { 200: { description: 'All of them.', schema: listOf(Worker) } },
  errors: [],
  example: { answer: { status: 200, body: { items: [EXAMPLE_WORKER] } } },
});

export const getWorker = operation({
  id: 'getWorker',
  method: 'get',
  path: '/v1/workers/:worker',
  tag: 'workers',
  summary: 'Shows a build host, what runs on it and how it was lately',
  auth: 'token',
  params,
  responses: { 200: { description: 'Found.', schema: WorkerPage } },
  errors: ['invalid_request', 'not_found'],
  example: { ...example, answer: { status: 200, body: EXAMPLE_WORKER_PAGE } },
});

export const changeWorker = operation({
  id: 'changeWorker',
  method: 'patch',
  path: '/v1/workers/:worker',
  tag: 'workers',
  summary: 'Says whether a build host takes new builds',
  description: `Builds that run on it go on. Once this is answered it is granted none. ${WHOSE}`,
  auth: 'token',
  params,
  body: WorkerChange,
  responses: { 200: { description: 'Changed.', schema: Worker } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'forbidden', 'not_found'],
  example: {
    ...example,
    body: { scheduling: 'draining' },
    answer: {
      status: 200,
      body: { ...EXAMPLE_WORKER, scheduling: 'draining', refusal: 'is being drained' },
    },
  },
});

export const removeWorker = operation({
  id: 'removeWorker',
  method: 'delete',
  path: '/v1/workers/:worker',
  tag: 'workers',
  summary: 'Removes a build host; its token is void from then on',
  description: `Refused while builds run on it, unless forced: then they lose their host and are made again on another one. ${WHOSE}`,
  auth: 'token',
  params,
  query: z.strictObject({
    force: z.stringbool('expected true or false').default(false).describe('also while builds run on it'),
  }),
  responses: { 204: { description: 'Removed.' } },
  errors: ['invalid_request', 'forbidden', 'not_found', 'worker_has_builds'],
  example: { ...example, answer: { status: 204 } },
});
