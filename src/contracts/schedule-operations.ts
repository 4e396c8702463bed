import { z } from 'zod';
import { createBuild } from './build-operations.js';
import { Build } from './builds.js';
import { ACCEPTED_BUILD } from './examples/builds.js';
import { at, BUILD_ID, PROJECT } from './examples/names.js';
import { operation } from './operation.js';
import { idempotencyHeaders, listOf, projectParams } from './parameters.js';
import { Backfill, NewSchedule, Schedule, ScheduleChange, Tick } from './schedules.js';

const params = projectParams.extend({ schedule: z.string().min(1).max(100) });
const EXAMPLE: Schedule = {
  id: '0199a6f0-9999-7000-8000-000000000001',
  project: PROJECT,
  schedule_name: 'nightly',
  cron_expression: '30 2 * * *',
  timezone: 'Europe/Berlin',
  git_url: 'https://git.example.com/team/app.git',
  git_branch: 'main',
  build_method: null,
  build_config_preset: { options: {}, destinations: [], priority: 0 },
  jitter_seconds: 0,
  overlap: 'skip',
  catchup_window_seconds: 43_200,
  is_active: true,
  pause_note: null,
  last_triggered_at: null,
  next_trigger_at: '2026-05-05T00:30:00.000Z',
  next_runs: [
    { at: '2026-05-05T00:30:00.000Z', local: '2026-05-05 02:30 +02:00' },
    { at: '2026-05-06T00:30:00.000Z', local: '2026-05-06 02:30 +02:00' },
    { at: '2026-05-07T00:30:00.000Z', local: '2026-05-07 02:30 +02:00' },
    { at: '2026-05-08T00:30:00.000Z', local: '2026-05-08 02:30 +02:00' },
    { at: '2026-05-09T00:30:00.000Z', local: '2026-05-09 02:30 +02:00' },
  ],
  trouble: null,
  created_at: at(0),
  updated_at: at(0),
};
const EXAMPLE_TICK: Tick = {
  scheduled_at: '2026-05-04T00:30:00.000Z',
  kind: 'clock',
  status: 'started',
  build_id: BUILD_ID,
  build_number: 1,
  reason: null,
};
const example = { params: { project: PROJECT, schedule: 'nightly' } };
const CLOCK =
  'Where the clock of the zone is changed, a chosen time of the day runs once: one that is left out runs as long after the change as it would have without it, one that is shown twice at the first. `*` as the hour goes as the clock does.';

export const addSchedule = operation({
  id: 'addSchedule',
  method: 'post',
  path: '/v1/projects/:project/schedules',
  tag: 'schedules',
  summary: 'Adds a schedule, which starts builds of a branch when their time has come',
  description: CLOCK,
  auth: 'token',
  params: projectParams,
  body: NewSchedule,
  responses: { 201: { description: 'Added.', schema: Schedule } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'not_found', 'conflict', 'host_not_allowed'],
  example: {
    params: { project: PROJECT },
    body: {
      schedule_name: EXAMPLE.schedule_name,
      cron_expression: EXAMPLE.cron_expression,
      timezone: EXAMPLE.timezone,
      git_url: EXAMPLE.git_url,
      git_branch: EXAMPLE.git_branch,
    },
    answer: { status: 201, body: EXAMPLE },
  },
});

export const listAllSchedules = operation({
  id: 'listAllSchedules',
  method: 'get',
  path: '/v1/schedules',
  tag: 'schedules',
  summary: 'Lists the schedules of all projects, by project and name',
  auth: 'token',
  responses: { 200: { description: 'All of them.', schema: listOf(Schedule) } },
  errors: [],
  example: { answer: { status: 200, body: { items: [EXAMPLE] } } },
});

export const listSchedules = operation({
  id: 'listSchedules',
  method: 'get',
  path: '/v1/projects/:project/schedules',
  tag: 'schedules',
  summary: 'Lists the schedules of a project, by name',
  auth: 'token',
  params: projectParams,
  responses: { 200: { description: 'All of them.', schema: listOf(Schedule) } },
  errors: ['not_found'],
  example: { params: { project: PROJECT }, answer: { status: 200, body: { items: [EXAMPLE] } } },
});

export const getSchedule = operation({
  id: 'getSchedule',
  method: 'get',
  path: '/v1/projects/:project/schedules/:schedule',
  tag: 'schedules',
  summary: 'Shows a schedule, by name or id',
  auth: 'token',
  params,
  responses: { 200: { description: 'Found.', schema: Schedule } },
  errors: ['not_found'],
  example: { ...example, answer: { status: 200, body: EXAMPLE } },
});

export const changeSchedule = operation({
  id: 'changeSchedule',
  method: 'patch',
  path: '/v1/projects/:project/schedules/:schedule',
  tag: 'schedules',
  summary: 'Changes, pauses or resumes a schedule',
  description: `Times that pass while it is paused are not caught up. ${CLOCK}`,
  auth: 'token',
  params,
  body: ScheduleChange,
  responses: { 200: { description: 'As it is now.', schema: Schedule } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'not_found', 'conflict', 'host_not_allowed'],
  example: {
    ...example,
    body: { is_active: false, pause_note: 'the registry moves' },
    answer: {
      status: 200,
      body: { ...EXAMPLE, is_active: false, pause_note: 'the registry moves', next_trigger_at: null },
    },
  },
});

export const listTicks = operation({
  id: 'listTicks',
  method: 'get',
  path: '/v1/projects/:project/schedules/:schedule/ticks',
  tag: 'schedules',
  summary: 'Lists what became of the times of a schedule, newest first',
  description: 'The newest hundred are kept.',
  auth: 'token',
  params,
  responses: { 200: { description: 'All that are kept.', schema: listOf(Tick) } },
  errors: ['not_found'],
  example: { ...example, answer: { status: 200, body: { items: [EXAMPLE_TICK] } } },
});

export const backfillSchedule = operation({
  id: 'backfillSchedule',
  method: 'post',
  path: '/v1/projects/:project/schedules/:schedule/backfill',
  tag: 'schedules',
  summary: 'Starts the builds of times that have passed',
  description:
    'A time that has a build keeps it. The others run one after the other, or all at once where the schedule allows all; each builds the branch as it is then.',
  auth: 'token',
  params,
  body: Backfill,
  responses: { 202: { description: 'Asked for; the oldest first.', schema: listOf(Tick) } },
  errors: ['invalid_request', 'invalid_json', 'json_too_large', 'not_found'],
  example: {
    ...example,
    body: { from: '2026-05-03T00:00:00Z', to: '2026-05-04T00:00:00Z' },
    answer: {
      status: 202,
      body: {
        items: [
          {
            ...EXAMPLE_TICK,
            ...{ scheduled_at: '2026-05-03T00:30:00.000Z', kind: 'backfill', status: 'due' },
            ...{ build_id: null, build_number: null },
          },
        ],
      },
    },
  },
});

export const runSchedule = operation({
  id: 'runSchedule',
  method: 'post',
  path: '/v1/projects/:project/schedules/:schedule/run',
  tag: 'schedules',
  summary: 'Starts a build of a schedule now, whatever else runs and whether it is paused',
  auth: 'token',
  params,
  headers: idempotencyHeaders,
  responses: { 202: { description: 'Accepted.', schema: Build } },
  errors: createBuild.errors.filter((code) => code !== 'invalid_json' && code !== 'json_too_large'),
  example: {
    ...example,
    answer: {
      status: 202,
      body: { ...ACCEPTED_BUILD, trigger_type: 'schedule', trigger_source: 'schedule nightly, run by hand' },
    },
  },
});

export const removeSchedule = operation({
  id: 'removeSchedule',
  method: 'delete',
  path: '/v1/projects/:project/schedules/:schedule',
  tag: 'schedules',
  summary: 'Removes a schedule; builds that it has started stay',
  auth: 'token',
  params,
  responses: { 204: { description: 'Removed.' } },
  errors: ['not_found'],
  example: { ...example, answer: { status: 204 } },
});
