import { registriesOf } from '../../../../src/domain/images/dockerfile/registries.js';

const options = { target: null, platform: null, buildArgs: {} };
const named = (line: string, given: Partial<Parameters<typeof registriesOf>[1]> = {}) =>
  registriesOf(line, { ...options, ...given });

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
  expect(named(text).registries.sort()).toEqual([
    'cache.example',
    'docker.io',
    'private.example:5000',
    'tools.example',
  ]);
  expect(named(text, { buildArgs: { BASE: 'given.example/base' } }).registries).toContain('given.example');
});

test.each([
  ['FROM registry.example/app:$TARGETARCH', 'registry.example'],
  ['FROM registry.example/${TARGETOS}/app@${WHATEVER/a/b}', 'registry.example'],
  ['FROM $TARGETARCH/alpine', 'docker.io'],
  ['FROM ${TARGETVARIANT:+registry.example/}${TARGETVARIANT:-registry.example/}app', 'registry.example'],
  ['ARG HOST=a.example/x\nFROM ${HOST:-$BUILDPLATFORM}', 'a.example'],
  ['ARG V=v1.2\nFROM alpine:${V#v}', 'docker.io'],
  ['ARG IMAGE=a.example/x/y\nFROM ${IMAGE%%/*}/z', 'a.example'],
  ['FROM ${NONE:-${ALSO_NONE:-b.example/x}}', 'b.example'],
  ['FROM ${TARGETSTAGE}.example/x', 'default.example'],
])('the registry of %j is known without knowing the machine', (text, host) => {
  expect(named(text)).toEqual({ registries: [host], problems: [] });
});

test('a host that depends on the platform is known once the build names one', () => {
  const text = 'FROM registry-$TARGETARCH.example/app';
  expect(named(text).problems).toEqual([
    { line: 1, column: 1, message: expect.stringContaining('It cannot be told from which registry') },
  ]);
  expect(named(text, { platform: 'linux/arm64' })).toEqual({
    registries: ['registry-arm64.example'],
    problems: [],
  });
});

test('what a build gives for an argument of the builder decides where its image comes from', () => {
  const buildArgs = { TARGETARCH: 'evil.example' };
  expect(named('FROM $TARGETARCH/app', { buildArgs }).registries).toEqual(['evil.example']);
  expect(named('FROM $TARGETSTAGE/app', { target: 'evil.example' }).registries).toEqual(['evil.example']);
});

test('a host behind an expansion that only the builder knows is refused', () => {
  expect(named('ARG A=x\nFROM ${A/x/evil.example}/app').problems).toHaveLength(1);
});

test('images behind ONBUILD have their registry too', () => {
  const text = [
    'FROM alpine AS base',
    'ONBUILD COPY --from=one.example/tools /a /a',
    'ONBUILD RUN --mount=type=bind,from=two.example/data true',
    'FROM base',
  ].join('\n');
  expect(named(text).registries).toEqual(['docker.io', 'one.example', 'two.example']);
});

test('arguments that double each other are given up soon', () => {
  const lines = Array.from({ length: 60 }, (_, index) => `ARG A${index + 1}=$A${index}$A${index}`);
  const text = ['ARG A0=aaaaaaaa', ...lines, 'FROM $A60'].join('\n');
  expect(named(text).problems).toHaveLength(1);
});
