/** Values of series, one a minute, in promtool's notation: `0+1x60` begins at 0 and grows by 1 sixty times. */
export type Samples = Readonly<Record<string, string>>;

export interface AlertCase {
  /** When it is looked. */
  readonly minute: number;
  readonly fires: Samples;
  /** Of the alert, beside those of its rule. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  /** Of each the alert says nothing. */
  readonly quiet: readonly Samples[];
}

const ended = (result: string): string =>
  `cicd_pipeline_run_duration_seconds_count{cicd_pipeline_name="buildx",cicd_pipeline_run_state="executing",cicd_pipeline_result="${result}"}`;
/** Of builds whose time in the queue is told apart, without a result. */
const PENDING =
  'cicd_pipeline_run_duration_seconds_count{cicd_pipeline_name="buildx",cicd_pipeline_run_state="pending"}';
const workers = (state: string, controller = 'a'): string =>
  `cicd_worker_count{cicd_worker_state="${state}",instance="${controller}"}`;

export const ALERT_CASES: Readonly<Record<string, AlertCase>> = {
  KilnProcessDown: {
    minute: 10,
    fires: { 'up{job="kiln",instance="host:8080"}': '1x4 0x10' },
    labels: { job: 'kiln', instance: 'host:8080' },
    summary: 'The Kiln process at host:8080 does not answer',
    quiet: [
      { 'up{job="kiln",instance="host:8080"}': '1x8 0 1x5' },
      { 'up{job="other",instance="host:9100"}': '0x15' },
    ],
  },
  KilnUnseen: {
    minute: 10,
    fires: { 'up{job="kiln",instance="controller"}': '1x15' },
    summary: 'No controller tells how many builds and workers there are',
    quiet: [{ [workers('busy')]: '0x15' }],
  },
  KilnNoWorker: {
    minute: 10,
    fires: { [workers('available')]: '1 0x15', [workers('busy')]: '0x15', [workers('offline')]: '2x15' },
    summary: 'No worker takes builds: all of them wait',
    quiet: [
      { [workers('available')]: '0x15', [workers('busy')]: '1x15' },
      // Two controllers, of which one has not read yet.
      { [workers('available', 'a')]: '0x15', [workers('available', 'b')]: '2x15' },
    ],
  },
  KilnWorkerOffline: {
    minute: 20,
    fires: { [workers('offline', 'a')]: '2x20', [workers('offline', 'b')]: '2x20' },
    summary: '2 workers are offline',
    quiet: [{ [workers('offline')]: '2x10 0x10' }, { [workers('refusing')]: '2x20' }],
  },
  KilnQueueWait: {
    minute: 10,
    fires: { kiln_queue_longest_wait_seconds: '1000x15' },
    summary: 'A build has waited 16m 40s for a slot',
    quiet: [
      { kiln_queue_longest_wait_seconds: '900x15' },
      { kiln_queue_longest_wait_seconds: '0+200x5 0x10' },
    ],
  },
  KilnBuildsFail: {
    minute: 90,
    fires: {
      ...{ [ended('failure')]: '0+2x90', [ended('error')]: '0+1x90', [ended('success')]: '0+1x90' },
      [PENDING]: '0+4x90',
    },
    summary: '75% of the builds of the last hour have failed',
    quiet: [
      { [ended('failure')]: '0+1x90', [ended('success')]: '0+1x90', [PENDING]: '0+2x90' },
      // Cancelled ones have not failed.
      { [ended('cancellation')]: '0+2x90', [ended('failure')]: '0+1x90', [ended('success')]: '0x90' },
      // Nine builds are too few to tell.
      { [ended('failure')]: '0x60 9x30', [ended('success')]: '0x90' },
    ],
  },
  KilnBuildErrors: {
    minute: 60,
    fires: { [ended('error')]: '0x30 3x30' },
    summary: 'About 3 builds of the last hour have failed by no fault of theirs',
    quiet: [{ [ended('error')]: '0x30 2x30' }, { [ended('failure')]: '0+1x60' }],
  },
  KilnSystemErrors: {
    minute: 30,
    fires: {
      'cicd_system_errors_total{cicd_system_component="api",error_type="ECONNREFUSED"}': '0+1x30',
      'cicd_system_errors_total{cicd_system_component="worker",error_type="_OTHER"}': '0x30',
    },
    labels: { cicd_system_component: 'api' },
    summary: 'The api logs about 15 errors in 15 minutes',
    quiet: [{ 'cicd_system_errors_total{cicd_system_component="api",error_type="_OTHER"}': '0x20 10x10' }],
  },
  KilnAuditRepairs: {
    minute: 30,
    fires: {
      'kiln_audit_repairs_total{what="abandoned",instance="a"}': '0x20 1x10',
      'kiln_audit_repairs_total{what="started",instance="a"}': '4x30',
    },
    labels: { what: 'abandoned' },
    summary: 'What Kiln knows did not agree and was put right: abandoned',
    quiet: [{ 'kiln_audit_repairs_total{what="started",instance="a"}': '4x30' }],
  },
  KilnContentsLost: {
    minute: 30,
    fires: { 'kiln_contents_lost_total{what="missing"}': '0x20 1x10' },
    labels: { what: 'missing' },
    summary: 'Stored bytes are missing',
    quiet: [{ 'kiln_contents_lost_total{what="missing"}': '1x30' }],
  },
  KilnControlPlaneBeatsMissed: {
    minute: 10,
    fires: { 'kiln_control_plane_beats_missed_total{instance="api"}': '0+1x10' },
    labels: { instance: 'api' },
    summary: 'The api cannot store its beat',
    quiet: [{ 'kiln_control_plane_beats_missed_total{instance="api"}': '3x10' }],
  },
  KilnNotificationsDead: {
    minute: 30,
    fires: {
      'kiln_notification_outcomes_total{kind="webhook",outcome="dead"}': '0x20 1x10',
      'kiln_notification_outcomes_total{kind="github",outcome="dead"}': '0x30',
    },
    labels: { kind: 'webhook' },
    summary: 'Notifications by webhook were given up',
    quiet: [{ 'kiln_notification_outcomes_total{kind="webhook",outcome="delivered"}': '0+1x30' }],
  },
  KilnTracesDropped: {
    minute: 60,
    fires: {
      'kiln_trace_outcomes_total{outcome="dropped"}': '0x30 2x30',
      'kiln_trace_outcomes_total{outcome="sent"}': '0+1x60',
    },
    summary: 'About 2 traces of builds were given up',
    quiet: [
      {
        'kiln_trace_outcomes_total{outcome="dropped"}': '2x60',
        'kiln_trace_outcomes_total{outcome="postponed"}': '0+1x60',
      },
    ],
  },
  KilnPushesMissed: {
    minute: 30,
    fires: { 'kiln_webhook_missed_pushes_total{instance="a"}': '0x20 1x10' },
    labels: { instance: 'a' },
    summary: 'Pushes were found of which no webhook had told',
    quiet: [{ 'kiln_webhook_missed_pushes_total{instance="a"}': '5x30' }],
  },
  KilnTagStuck: {
    minute: 30,
    fires: {
      'kiln_tag_repairs_total{what="stuck",instance="a"}': '0x20 1x10',
      'kiln_tag_repairs_total{what="stuck",instance="b"}': '0x30',
    },
    summary: 'A registry serves a tag of a build that came to nothing, and cannot remove it',
    quiet: [
      { 'kiln_tag_repairs_total{what="stuck"}': '1x30' },
      // What Kiln has put right, or left as somebody wished it.
      {
        'kiln_tag_repairs_total{what="put_back"}': '0+1x30',
        'kiln_tag_repairs_total{what="removed"}': '0+1x30',
        'kiln_tag_repairs_total{what="moved_elsewhere"}': '0+1x30',
      },
    ],
  },
  KilnHostDiskShort: {
    minute: 20,
    fires: {
      'kiln_host_disk_free_bytes{job="kiln",instance="host"}': '1073741824x20',
      'kiln_host_disk_reserve_bytes{job="kiln",instance="host"}': '5368709120x20',
      'kiln_host_disk_free_bytes{job="kiln",instance="other"}': '9e9x20',
      'kiln_host_disk_reserve_bytes{job="kiln",instance="other"}': '5368709120x20',
    },
    labels: { job: 'kiln', instance: 'host' },
    summary: 'The build host host has 1GiB free and takes no new build',
    quiet: [
      {
        'kiln_host_disk_free_bytes{job="kiln",instance="host"}': '9e9x20',
        'kiln_host_disk_reserve_bytes{job="kiln",instance="host"}': '5368709120x20',
      },
    ],
  },
};
