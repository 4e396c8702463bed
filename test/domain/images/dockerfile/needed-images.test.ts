import { imagesOfBuild, neededImages } from '../../../../src/domain/images/dockerfile/needed-images.js';

const DOCKERFILE = `ARG BASE=r.test/base:1
FROM $BASE AS tools
FROM --platform=$BUILDPLATFORM r.test/cc:$TARGETARCH AS compile
RUN --mount=type=bind,from=r.test/headers,target=/h --mount=from=tools,target=/t make
FROM r.test/unused AS docs
COPY --from=tools /a /a
FROM scratch
COPY --from=compile /b /b
COPY --from=1 /c /c
COPY --from=r.test/extra:2 /d /d
`;
const options = { target: null, platform: 'linux/amd64', buildArgs: {} };

test('the images that the last stage needs, through the stages it uses, without those of others', () => {
  expect(neededImages(DOCKERFILE, options).sort()).toEqual([
    'r.test/base:1',
    'r.test/cc:amd64',
    'r.test/extra:2',
    'r.test/headers',
  ]);
});

test('of another target only what that one needs, with the arguments of the build', () => {
  const buildArgs = { BASE: 'r.test/mine:3' };
  expect(neededImages(DOCKERFILE, { ...options, target: 'DOCS', buildArgs }).sort()).toEqual([
    'r.test/mine:3',
    'r.test/unused',
  ]);
  expect(neededImages(DOCKERFILE, { ...options, target: 'tools' })).toEqual(['r.test/base:1']);
});

test('a name that is a stage only further down is an image', () => {
  expect(neededImages('FROM later\nFROM r.test/a AS later\nCOPY --from=0 /a /a\n', options).sort()).toEqual([
    'later',
    'r.test/a',
  ]);
});

test('the images of a build are those of all its platforms and stages, with the platforms that FROM names', () => {
  const text = [
    'ARG TARGETARCH',
    'FROM reg.test/base-$TARGETARCH AS app',
    'FROM --platform=linux/s390x reg.test/tools AS reports',
    'FROM reg.test/unused',
  ].join('\n');
  const made = { target: 'app', platforms: ['linux/amd64', 'linux/arm64'], buildArgs: {} };
  expect(imagesOfBuild(text, { ...made, alsoBuilt: ['reports'] })).toEqual({
    images: ['reg.test/base-amd64', 'reg.test/tools', 'reg.test/base-arm64'],
    platforms: ['linux/s390x'],
  });
  expect(imagesOfBuild('FROM scratch', { ...made, target: null })).toEqual({ images: [], platforms: [] });
});
