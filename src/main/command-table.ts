import type { CommandEntry } from '../cli/cli.js';

/** The commands that start, stop and examine Kiln itself. */
export const MAIN_COMMANDS: readonly CommandEntry[] = [
  {
    name: 'up',
    summary: 'start everything on this machine and serve until Ctrl-C',
    load: () => import('./up.js'),
  },
  { name: 'down', summary: 'stop what `kiln up` started', load: () => import('./down.js') },
  {
    name: 'demo',
    summary: 'build an example image from nothing and show what happened',
    load: () => import('./demo.js'),
  },
  {
    name: 'keys',
    summary: 'show or rotate the keys under which secrets are stored',
    load: () => import('./keys.js'),
  },
  {
    name: 'setup',
    summary: 'prepare an existing PostgreSQL and Temporal for Kiln',
    load: () => import('./setup.js'),
  },
  {
    name: 'backup',
    summary: 'write everything that a Kiln keeps into a folder',
    load: () => import('./backup.js'),
  },
  { name: 'restore', summary: 'make a Kiln of a backup', load: () => import('./restore.js') },
  {
    name: 'verify',
    summary:
      'look whether an image is what Kiln has built, or whether all holds that Kiln promises of its state',
    load: () => import('./verify.js'),
  },
  {
    name: 'gc',
    summary: 'free room in the registry of a stopped `kiln up`',
    load: () => import('./gc.js'),
  },
  {
    name: 'doctor',
    summary: 'show what Kiln needs, what was found, and what to do',
    load: () => import('./doctor.js'),
  },
];
