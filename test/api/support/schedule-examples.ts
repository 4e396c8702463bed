const ALL = '/v1/projects/hello/schedules';
const ONE = `${ALL}/nightly`;
const MISSING = '/v1/projects/nothing/schedules';
const weekly = {
  ...{ schedule_name: 'weekly', cron_expression: '@weekly', timezone: 'Australia/Lord_Howe' },
  ...{ git_url: 'https://git.example.com/team/app.git', git_branch: 'main' },
};

/** How the operations of schedules are called. */
export const SCHEDULE_EXAMPLES = {
  addSchedule: {
    method: 'POST',
    path: ALL,
    ok: 201,
    body: weekly,
    missing: MISSING,
    bad: { body: { ...weekly, cron_expression: '0 24 * * *' } },
  },
  listAllSchedules: { path: '/v1/schedules', ok: 200 },
  listSchedules: { path: ALL, ok: 200, missing: MISSING },
  getSchedule: { path: ONE, ok: 200, missing: `${MISSING}/nightly` },
  changeSchedule: {
    method: 'PATCH',
    path: ONE,
    ok: 200,
    body: { timezone: 'America/New_York' },
    missing: `${MISSING}/nightly`,
    bad: { body: { timezone: 'Europe/Berln' } },
  },
  listTicks: { path: `${ONE}/ticks`, ok: 200, missing: `${MISSING}/nightly/ticks` },
  runSchedule: { method: 'POST', path: `${ONE}/run`, ok: 202, missing: `${MISSING}/nightly/run` },
  backfillSchedule: {
    method: 'POST',
    path: `${ONE}/backfill`,
    ok: 202,
    body: { from: '2026-03-28T00:00:00Z', to: '2026-03-30T00:00:00Z' },
    missing: `${MISSING}/nightly/backfill`,
    bad: { body: { from: '2026-03-30T00:00:00Z', to: '2026-03-28T00:00:00Z' } },
  },
  removeSchedule: { method: 'DELETE', path: ONE, ok: 204, missing: `${MISSING}/nightly` },
};
