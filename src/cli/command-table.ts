import type { CommandEntry } from './cli.js';

/** The commands that speak to a running Kiln, in the order of --help. */
export const CLI_COMMANDS: readonly CommandEntry[] = [
  {
    name: 'build',
    summary: 'build an image from a folder or a git repository, and follow it',
    load: () => import('./commands/build.js'),
  },
  { name: 'builds', summary: 'list builds, or remove old ones', load: () => import('./commands/builds.js') },
  {
    name: 'queue',
    summary: 'show which builds wait, for what and how long about',
    load: () => import('./commands/queue.js'),
  },
  { name: 'show', summary: 'show everything about a build', load: () => import('./commands/show.js') },
  { name: 'logs', summary: "print or follow a build's log", load: () => import('./commands/logs.js') },
  { name: 'cancel', summary: 'cancel a build', load: () => import('./commands/cancel.js') },
  {
    name: 'retry',
    summary: 'build again what failed or was cancelled',
    load: () => import('./commands/retry.js'),
  },
  {
    name: 'rebuild',
    summary: 'build again from the record of a build, and show what differs',
    load: () => import('./commands/rebuild.js'),
  },
  {
    name: 'what-if',
    summary: 'build again with changes, publish nothing, and compare',
    load: () => import('./commands/what-if.js'),
  },
  {
    name: 'approve',
    summary: 'publish the image of a build that is held',
    load: () => import('./commands/approve.js'),
  },
  {
    name: 'reject',
    summary: 'end a build that is held, without publishing its image',
    load: () => import('./commands/reject.js'),
  },
  {
    name: 'open',
    summary: 'open a build, or the API reference, in the browser',
    load: () => import('./commands/open.js'),
  },
  {
    name: 'images',
    summary: 'list the images that builds have made, or remove old ones',
    load: () => import('./commands/images.js'),
  },
  {
    name: 'layers',
    summary: 'show the layers of an image and what is in them',
    load: () => import('./commands/layers.js'),
  },
  {
    name: 'diff',
    summary: 'compare the images of two builds',
    load: () => import('./commands/diff.js'),
  },
  {
    name: 'packages',
    summary: 'say which images have a package',
    load: () => import('./commands/packages.js'),
  },
  {
    name: 'sbom',
    summary: 'download the bill of materials of an image',
    load: () => import('./commands/sbom.js'),
  },
  {
    name: 'scan',
    summary: 'show the vulnerabilities that were found in an image',
    load: () => import('./commands/scan.js'),
  },
  {
    name: 'artifacts',
    summary: 'list what was kept of a build, or download it',
    load: () => import('./commands/artifacts.js'),
  },
  {
    name: 'tests',
    summary: 'show how the tests of a build ended, or which tests of a project are flaky',
    load: () => import('./commands/tests.js'),
  },
  {
    name: 'stats',
    summary: 'show how builds went, by day, week or month, and where the time goes',
    load: () => import('./commands/stats.js'),
  },
  {
    name: 'projects',
    summary: 'list, make or change projects',
    load: () => import('./commands/projects.js'),
  },
  {
    name: 'webhooks',
    summary: 'let changes of a repository start builds, and show what came',
    load: () => import('./commands/webhooks.js'),
  },
  {
    name: 'notifications',
    summary: 'tell receivers and git hosts of builds, and show what came of it',
    load: () => import('./commands/notifications.js'),
  },
  {
    name: 'secrets',
    summary: 'store, list or remove secrets that builds use',
    load: () => import('./commands/secrets.js'),
  },
  {
    name: 'credentials',
    summary: 'store, list or remove credentials for git hosts and registries',
    load: () => import('./commands/credentials.js'),
  },
  {
    name: 'limits',
    summary: 'show or change the limits of builds',
    load: () => import('./commands/limits.js'),
  },
  {
    name: 'schedules',
    summary: 'list, add, change, run or remove schedules, which start builds by the clock',
    load: () => import('./commands/schedules.js'),
  },
  {
    name: 'base-images',
    summary: 'build projects again when the tags have moved that they stand on',
    load: () => import('./commands/base-images.js'),
  },
  {
    name: 'workers',
    summary: 'list, add, drain or remove build hosts',
    load: () => import('./commands/workers.js'),
  },
  {
    name: 'registry',
    summary: 'try the way to a registry',
    load: () => import('./commands/registry.js'),
  },
  {
    name: 'login',
    summary: 'remember address and token of a Kiln',
    load: () => import('./commands/login.js'),
  },
  {
    name: 'whoami',
    summary: 'show which Kiln answers, and for whom',
    load: () => import('./commands/whoami.js'),
  },
  {
    name: 'completion',
    summary: 'print what makes a shell complete command lines of kiln',
    load: () => import('./commands/completion.js'),
  },
];
