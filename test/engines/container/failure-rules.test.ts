import { expect, test } from 'vitest';
import { explainRegistry } from '../../../src/engines/buildah/registry-failure.js';
import { explainBuild } from '../../../src/engines/container/failure-rules.js';

test.each([
  [
    'building at STEP "RUN x": while running runtime: exit status 137',
    'RUN x',
    'build_step_failed',
    /137 means that it was killed/,
  ],
  ['building at STEP "RUN x": write /a: no space left on device', 'RUN x', 'disk_full', /disk/],
  [
    'creating build container: r.test/a:1: image not known',
    'FROM r.test/a:1',
    'host_not_allowed',
    /nobody has judged it/,
  ],
  [
    'building at STEP "COPY a b": checking on sources under "/c": no items matching glob "/c/a" copied',
    'COPY a b',
    'build_step_failed',
    /not there to be copied/,
  ],
  ['the target "x" was not found in the provided Dockerfile', null, 'dockerfile_invalid', /target_stage/],
  ['something else: broke', null, 'engine_failed', /buildah failed: something else: broke/],
  ['building at STEP "USER x": odd: thing', 'USER x', 'build_step_failed', /^USER x: odd: thing/],
] as const)('of a build: %s', (error, instruction, code, message) => {
  expect(explainBuild(error, instruction)).toMatchObject({ code, message: expect.stringMatching(message) });
});

test.each([
  ['pull', 'reading manifest 1 in r.test/a: manifest unknown', 'base_image_missing', 'build'],
  ['pull', 'reading manifest: unauthorized: authentication required', 'registry_denied', 'build'],
  ['pull', 'dial tcp: lookup r.test: no such host', 'registry_unreachable', 'build'],
  [
    'pull',
    'Get "https://r.test/": dial tcp 10.0.0.1:443: connect: protocol not available',
    'host_not_allowed',
    'build',
  ],
  ['push', 'dial tcp 127.0.0.1:1: connect: connection refused', 'registry_unreachable', 'push'],
  [
    'push',
    'writing blob: received unexpected HTTP status: 500 Internal Server Error',
    'registry_failed',
    'push',
  ],
] as const)('of a %s: %s', (phase, error, code, stage) => {
  expect(explainRegistry(phase, 'r.test/a:1', error)).toMatchObject({ code, stage });
});
