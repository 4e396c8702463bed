import fc from 'fast-check';
import { baseImageOf } from '../../../../src/domain/images/dockerfile/base-image.js';

const base = (text: string, target: string | null = null, buildArgs: Record<string, string> = {}) => {
  const found = baseImageOf(text, { target, buildArgs });
  return found === null ? null : `${found.name} ${found.tag ?? '-'}`;
};

describe('the base image of a Dockerfile', () => {
  test.each([
    ['FROM debian:12', 'debian 12'],
    ['FROM localhost:5000/base/debian:12-slim AS x', 'localhost:5000/base/debian 12-slim'],
    ['FROM --platform=linux/amd64 localhost:5000/debian', 'localhost:5000/debian latest'],
    [`FROM debian@sha256:${'a'.repeat(64)}`, 'debian -'],
    [`FROM debian:12@sha256:${'a'.repeat(64)}`, 'debian 12'],
    ['FROM scratch', null],
    ['FROM debian:12 AS build\nRUN make\nFROM scratch\nCOPY --from=build /a /', null],
    ['FROM golang:1 AS build\nFROM debian:12\nCOPY --from=build /a /', 'debian 12'],
    ['FROM debian:12 AS Base\nFROM base AS next\nFROM NEXT', 'debian 12'],
    ['FROM scratch AS base\nFROM base', null],
    ['FROM debian:11 AS debian\nFROM debian', 'debian 11'],
    ['RUN nothing', null],
    ['', null],
  ])('%j stands on %s', (text, expected) => expect(base(text)).toBe(expected));

  test.each([
    ['ARG TAG=12\nFROM debian:$TAG', {}, 'debian 12'],
    ['ARG TAG=12\nFROM debian:${TAG}', { TAG: '13' }, 'debian 13'],
    ['ARG BASE="debian:12"\nFROM $BASE', {}, 'debian 12'],
    ['ARG NAME=debian TAG=12\nARG BASE=$NAME:${TAG}-slim\nFROM ${BASE}', { TAG: '13' }, 'debian 13-slim'],
    ['ARG TAG\nFROM debian:${TAG:-12}', {}, 'debian 12'],
    ['ARG TAG=\nFROM debian:${TAG:-12}', {}, 'debian 12'],
    ['ARG SLIM=yes\nFROM debian:12${SLIM:+-slim}', {}, 'debian 12-slim'],
    ['FROM debian:${TAG}', { TAG: '12' }, null],
    ['ARG TAG\nFROM debian:$TAG', {}, null],
    ['FROM debian:$TARGETARCH', {}, null],
    ['ARG A=$BUILDPLATFORM\nFROM debian:$A', {}, null],
    ['ARG TAG=12.1\nFROM debian:${TAG%.*}', {}, 'debian 12'],
    ['ARG TAG=a.b.c\nFROM debian:${TAG%%.*}', {}, 'debian a'],
    ['ARG TAG=a.b.c\nFROM debian:${TAG##*.}', {}, 'debian c'],
    ['ARG TAG=a.b.c\nFROM debian:${TAG#?.}', {}, 'debian b.c'],
    ['ARG TAG=12.1\nFROM debian:${TAG/./-}', {}, null],
    ['FROM debian:12\nARG TAG=13\nFROM debian:${TAG:-14}', {}, 'debian 14'],
    ['# escape=`\nARG TAG=1`2\nFROM debian:$TAG', {}, 'debian 12'],
  ])('%j with %j stands on %s', (text, args, expected) => expect(base(text, null, args)).toBe(expected));

  test.each([
    ['build', 'golang 1'],
    ['BUILD', 'golang 1'],
    ['0', 'golang 1'],
    ['1', 'debian 12'],
    [null, 'debian 12'],
    ['nope', null],
    ['9', null],
  ])('is that of the stage %j', (target, expected) => {
    expect(base('FROM golang:1 AS build\nFROM debian:12 AS run', target)).toBe(expected);
  });

  test('is found or not, but never an error', () => {
    const line = fc.constantFrom(
      'FROM a AS b',
      'FROM b AS a',
      'FROM $X',
      'ARG X=${Y:-${Z}}',
      'FROM',
      "ARG X='",
      'ARG X=b',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(line, fc.string()), { maxLength: 8 }), (lines) => {
        expect(() => base(lines.join('\n'))).not.toThrow();
      }),
    );
  });
});
