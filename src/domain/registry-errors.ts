import type { ErrorRule } from './error-table.js';

/** The part of the table of errors that is about what registries answer for want of something. */
export const REGISTRY_ERRORS = {
  registry_full: {
    status: 507,
    retryable: true,
    text: 'The registry has no room for the image.',
    fix: 'Free room in the registry, or raise its quota, then retry. `kiln images prune PROJECT --dry-run` shows what a retention lets go; many registries give the room back after their own garbage collection only.',
  },
  registry_limited: {
    status: 429,
    retryable: true,
    text: 'The registry answers no more requests for now.',
    fix: 'Retry later. Store credentials for it, since most registries let known users ask more (`kiln credentials set registry HOST --username NAME`), or have the operator set a mirror (KILN_REGISTRY_MIRRORS).',
  },
  repository_missing: {
    status: 404,
    retryable: false,
    text: 'The registry has no such repository to push to.',
    fix: 'Create the repository at the registry, or correct the destination. Where the registry creates repositories itself, store a credential that may create this one (`kiln credentials set registry HOST --username NAME`).',
  },
  registry_keeps_images: {
    status: 409,
    retryable: false,
    text: 'The registry does not let images be removed.',
    fix: 'Allow it there (the registry of the CNCF: REGISTRY_STORAGE_DELETE_ENABLED=true), or let the registry remove old images itself and leave it to that: `kiln projects set PROJECT --no-retention`.',
  },
  removal_unanswered: {
    status: 409,
    retryable: true,
    text: 'A removal of the same image was not answered by the registry and may still be carried out.',
    fix: 'A build that waits for it goes on by itself. When one has failed, publish its image after the named time without building again: `kiln retry BUILD --from publish`.',
  },
} as const satisfies Record<string, ErrorRule>;
