import { registriesOf } from '../../../../src/domain/images/dockerfile/registries.js';

test('every image that a Dockerfile names has its registry, stages have none', () => {
  const text = [
    'ARG BASE=private.example:5000/team/base',
    'ARG UNUSED',
    'FROM ${BASE}:1 AS build',
    'COPY --from=tools.example/cli:2 /cli /cli',
    'RUN --mount=type=bind,FROM=cache.example/data,target=/data true',
    'COPY --from=build /a /a',
    'FROM build',
    'COPY --from=0 /a /a',
    'FROM alpine',
    'FROM scratch',
  ].join('\n');
  expect(registriesOf(text, {}).sort()).toEqual([
    'cache.example',
    'docker.io',
    'private.example:5000',
    'tools.example',
  ]);
  expect(registriesOf(text, { BASE: 'given.example/base' })).toContain('given.example');
});
