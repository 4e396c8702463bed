import { readFileSync } from 'node:fs';
import type { InspectedImage } from '../../../src/domain/builds/outcome.js';
import type { Step } from '../../../src/domain/builds/step-status.js';
import { attributeLayers } from '../../../src/domain/images/attribute-layers.js';
import { isSameInstruction } from '../../../src/domain/images/layer-origin.js';
import { endOf, parse, recording, stepsOf } from '../../engines/buildx/recordings.js';

function recorded(name: string): { image: InspectedImage; steps: Step[] } {
  const url = new URL(`../../engines/buildx/fixtures/${name}.inspected.json`, import.meta.url);
  const image = JSON.parse(readFileSync(url, 'utf8')) as InspectedImage;
  return { image, steps: stepsOf(parse([recording(name)], endOf(name)).events) };
}

function told(name: string): string[] {
  const { image, steps } = recorded(name);
  const attributed = attributeLayers(image, steps);
  return attributed.image.layers.map(({ stepNumber, isBaseLayer }) => {
    const step = steps.find(({ number }) => number === stepNumber);
    return isBaseLayer === true ? 'base' : (step?.name.slice(0, 22) ?? 'unknown');
  });
}

describe('layers of recorded images', () => {
  test.each([
    ['multi-stage', ['base', '[stage-1 2/4] WORKDIR ', '[stage-1 3/4] COPY --f', '[stage-1 4/4] RUN chmo']],
    ['cached', ['base', '[stage-1 2/4] WORKDIR ', '[stage-1 3/4] COPY --f', '[stage-1 4/4] RUN chmo']],
    ['args-target-secret', ['base', '[base 2/2] RUN --mount', '[final 1/1] RUN --netw']],
    ['heredoc', ['base', '[2/3] RUN <<EOF (set -', '[3/3] COPY <<one.txt /']],
    ['warnings', ['base', '[2/2] RUN echo hi']],
  ])('of %s are told apart', (name, layers) => {
    expect(told(name)).toEqual(layers);
  });

  test('of several platforms are told apart platform by platform', () => {
    const { image, steps } = recorded('platforms');
    const attributed = attributeLayers(image, steps);
    const told = (attributed.image.platformImages ?? []).map(({ platform, layers }) => [
      platform,
      ...layers.map(({ stepNumber, isBaseLayer }) =>
        isBaseLayer === true ? 'base' : steps.find(({ number }) => number === stepNumber)?.name.slice(0, 30),
      ),
    ]);
    expect(told).toEqual(
      ['amd64', 'arm64'].map((arch) => [
        `linux/${arch}`,
        'base',
        `[linux/${arch} stage-1 2/4] COPY`,
        `[linux/${arch} stage-1 3/4] WORK`,
        `[linux/${arch} stage-1 4/4] COPY`,
      ]),
    );
    expect(attributed.steps.filter(({ layerDigest }) => layerDigest !== null)).toHaveLength(6);
  });

  test('are told to their steps', () => {
    const { image, steps } = recorded('multi-stage');
    const run = attributeLayers(image, steps).steps.find(({ name }) => name.startsWith('[stage-1 4/4]'));
    expect(run).toMatchObject({
      layerDigest: image.layers[3]?.digest,
      layerSizeBytes: image.layers[3]?.sizeBytes,
    });
    const other = attributeLayers(image, steps).steps.find(({ name }) => name.startsWith('[build 5/5]'));
    expect(other).toMatchObject({ layerDigest: null, layerSizeBytes: null });
  });

  test('are left unknown where the history is missing', () => {
    const { image, steps } = recorded('multi-stage');
    const bare = { ...image, layers: image.layers.map((layer) => ({ ...layer, createdBy: null })) };
    const layers = attributeLayers(bare, steps).image.layers;
    expect(layers.map(({ isBaseLayer, stepNumber }) => [isBaseLayer, stepNumber])).toEqual(
      layers.map(() => [null, null]),
    );
  });

  test('are left unknown without steps', () => {
    const { image } = recorded('multi-stage');
    expect(attributeLayers(image, []).image.layers.every(({ isBaseLayer }) => isBaseLayer === null)).toBe(
      true,
    );
  });

  test('are told below one whose step is not known, and that one is not of the base', () => {
    const { image, steps } = recorded('multi-stage');
    const layers = image.layers.map((layer) =>
      layer.number === 3 ? { ...layer, createdBy: 'COPY what nobody knows' } : layer,
    );
    const known = attributeLayers(image, steps).image.layers;
    expect(attributeLayers({ ...image, layers }, steps).image.layers).toEqual([
      { ...layers[0], isBaseLayer: null, stepNumber: null },
      known[1],
      { ...layers[2], isBaseLayer: false, stepNumber: null },
      known[3],
    ]);
  });

  test('of a base are not taken for those of steps that have made others', () => {
    const { image, steps } = recorded('multi-stage');
    const [base, ...own] = image.layers;
    const workdir = own[0]!.createdBy;
    const layers = [{ ...base!, createdBy: workdir }, { ...own[0]!, createdBy: null }, ...own.slice(1)];
    const [lowest] = attributeLayers({ ...image, layers }, steps).image.layers;
    expect(lowest).toMatchObject({ isBaseLayer: null, stepNumber: null });
  });

  test('from a base alone are all of the base', () => {
    const { image, steps } = recorded('multi-stage');
    const onlyFrom = steps
      .filter(({ instructionType }) => instructionType === 'FROM')
      .map((step) => ({ ...step, name: '[1/1] FROM localhost/base' }));
    const layers = attributeLayers({ ...image, layers: image.layers.slice(0, 1) }, onlyFrom).image.layers;
    expect(layers.map(({ isBaseLayer }) => isBaseLayer)).toEqual([true]);
  });
});

describe('an instruction and a history line', () => {
  test.each([
    ['RUN make', 'RUN /bin/sh -c make # buildkit'],
    ['RUN --mount=type=cache,target=/c make all', 'RUN /bin/sh -c make all # buildkit'],
    ['RUN echo "hi" > made.txt', 'RUN |1 GREETING=hi /bin/sh -c echo "$GREETING" > made.txt # buildkit'],
    ['RUN set -x && make', 'RUN /bin/bash -o pipefail -c set -x && make # buildkit'],
    ['COPY --from=build --chown=1:1 /a /b', 'COPY --chown=1:1 /a /b # buildkit'],
    ['COPY a b', 'COPY a b # buildkit'],
    ['RUN ["/bin/busybox", "--install"]', 'RUN /bin/busybox --install # buildkit'],
    ['RUN ["/bin/sh","-c","make all"]', 'RUN /bin/sh -c make all # buildkit'],
    ['RUN --mount=type=cache,target=/c ["make","hi"]', 'RUN |1 V=a b make $V # buildkit'],
    ['COPY --link ["a b", "/c/"]', 'COPY a b /c/ # buildkit'],
    ['RUN [ -f /etc/passwd ]', 'RUN /bin/sh -c [ -f /etc/passwd ] # buildkit'],
    ['WORKDIR app', 'WORKDIR /srv/app'],
    ['RUN --mount=type=cache,target=/c make', '/bin/sh -c --mount=type=cache,target=/c make'],
    ['RUN ["/bin/busybox", "--install"]', '|1 V=1 /bin/sh -c ["/bin/busybox", "--install"]'],
    ['COPY --chown=1:1 a b /srv/', '/bin/sh -c #(nop) COPY multi:4f2a in /srv/ '],
    ['ADD ["a", "/srv"]', '/bin/sh -c #(nop) ADD file:4f2a in /srv '],
    ['WORKDIR /srv', '/bin/sh -c #(nop) WORKDIR /srv'],
    ['RUN <<EOF (set -e...)', 'RUN /bin/sh -c set -e\necho in heredoc\n # buildkit'],
  ])('%s made %s', (shown, createdBy) => {
    expect(isSameInstruction(shown, createdBy)).toBe(true);
  });

  test.each([
    ['RUN make', 'RUN /bin/sh -c make all # buildkit'],
    ['RUN make', 'COPY make . # buildkit'],
    ['COPY a b', 'COPY a c # buildkit'],
    ['ADD a b', 'COPY a b # buildkit'],
    ['WORKDIR /app', 'WORKDIR /srv'],
    ['RUN ["make", "all"]', 'RUN /bin/sh -c make all # buildkit'],
    ['RUN make', '/bin/sh -c make all'],
    ['COPY a /srv', '/bin/sh -c #(nop) COPY file:4f2a in /srv/a '],
    ['COPY a /srv', '/bin/sh -c #(nop) ADD file:4f2a in /srv '],
    ['RUN ["make", "all"]', 'RUN |1 V=1 make none # buildkit'],
  ])('%s did not make %s', (shown, createdBy) => {
    expect(isSameInstruction(shown, createdBy)).toBe(false);
  });
});
