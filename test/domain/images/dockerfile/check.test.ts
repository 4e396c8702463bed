import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { checkDockerfile } from '../../../../src/domain/images/dockerfile/check.js';
import { anyText } from '../../../support/any-text.js';

interface Verdict {
  readonly dockerfile: string;
  readonly refusal: { readonly line: number | null; readonly error: string } | null;
}

/** What BuildKit 0.29 said of these files (recorded with the subrequest frontend.targets, which parses and runs nothing). */
const verdicts = JSON.parse(
  readFileSync(new URL('buildkit-verdicts.json', import.meta.url), 'utf8'),
) as Verdict[];

/** Accepted by the parser of BuildKit, refused by the build: a file of ARG alone has no stage, and there is no mount of that type. */
const REFUSED_LATER = new Set(['ARG A\n', 'FROM scratch\nRUN --mount=type=foo ls\n']);

const target = null;

describe('the check of a Dockerfile', () => {
  test.each(verdicts.filter(({ refusal, dockerfile }) => refusal === null && !REFUSED_LATER.has(dockerfile)))(
    'accepts what BuildKit accepts: $dockerfile',
    ({ dockerfile }) => {
      expect(checkDockerfile(dockerfile, { target })).toEqual([]);
    },
  );

  test.each(verdicts.filter(({ refusal }) => refusal !== null))(
    'refuses what BuildKit refuses, on the same line: $dockerfile',
    ({ dockerfile, refusal }) => {
      const problems = checkDockerfile(dockerfile, { target });
      expect(problems).not.toEqual([]);
      if (refusal?.line !== null) expect(problems.map(({ line }) => line)).toContain(refusal?.line);
    },
  );
});

describe('the problems of a Dockerfile', () => {
  const check = (text: string, stage: string | null = null) => checkDockerfile(text, { target: stage });

  test('name line and column', () => {
    expect(check('FROM a\n\n   RUNN make\n')).toEqual([
      { line: 3, column: 4, message: 'Unknown instruction: RUNN. Did you mean RUN?' },
    ]);
    expect(check('FROM a\nCOPY \\\n  --frm=x \\\n  a b\n')).toEqual([
      { line: 3, column: 3, message: 'COPY has no flag --frm.' },
    ]);
  });

  test.each([
    ['RUN --mount=type=foo,target=/x ls', 'type='],
    ['RUN --mount=target=/x,type=cache,sharing=some ls', 'sharing='],
    ['RUN --network=lan ls', '--network'],
    ['RUN --security=none ls', '--security'],
    ['HEALTHCHECK --interval=30 CMD x', '--interval'],
    ['HEALTHCHECK --timeout=-1s CMD x', '--timeout'],
    ['HEALTHCHECK --start-period=10us CMD x', '--start-period'],
    ['HEALTHCHECK --retries=three CMD x', '--retries'],
  ])('tell a value that a flag does not take: %s', (instruction, named) => {
    expect(check(`FROM a\n${instruction}\n`)).toEqual([
      { line: 2, column: instruction.indexOf('--') + 1, message: expect.stringContaining(named) as unknown },
    ]);
  });

  test.each([
    'RUN --mount=type=$KIND,target=/x ls',
    'RUN --mount=type=CACHE,target=/x,sharing=Locked ls',
    'RUN --mount=target=/x ls',
    'RUN --mount=type=secret,id=a,required ls',
    'RUN --mount=type=bind,source=.,target=/x,z ls',
    'HEALTHCHECK --interval=1m30.5s --timeout=0 --start-period=0s --start-interval=.5s --retries=0 CMD x',
  ])('do not arise from a value that a builder may take: %s', (instruction) => {
    expect(check(`FROM a\n${instruction}\n`)).toEqual([]);
  });

  test('are all told, in the order of the file', () => {
    const lines = check('RUN x\nFROM a AS 1\nCOPY a\nFOO\n').map(({ line }) => line);
    expect(lines).toEqual([1, 2, 3, 4]);
  });

  test.each(['build', 'BUILD', 'final', '0', '1'])(
    'do not arise from the stage %s that is there',
    (stage) => {
      expect(check('FROM a AS build\nFROM build AS Final\n', stage)).toEqual([]);
    },
  );

  test.each(['nope', '2', '-1', ''])('name the stages when %j is not one of them', (stage) => {
    expect(check('FROM a AS build\nRUN x\nFROM build AS Final\n', stage)).toEqual([
      {
        line: 3,
        column: 1,
        message: `There is no stage ${JSON.stringify(stage)}; the stages are build, final.`,
        stage,
      },
    ]);
  });

  test('name a frontend that is not allowed', () => {
    expect(check('# syntax=evil.test/x:1\nFROM a\n')).toMatchObject([
      { line: 1, message: expect.stringContaining('evil.test') as unknown },
    ]);
    expect(check('# syntax=docker/dockerfile:1.7\nFROM a\n')).toEqual([]);
  });

  test('never throw, whatever the text', () => {
    const line = fc.oneof(
      anyText,
      fc
        .tuple(fc.constantFrom('FROM', 'RUN', 'COPY', 'ENV', 'ONBUILD', 'SHELL', 'HEALTHCHECK'), fc.string())
        .map((parts) => parts.join(' ')),
      fc.constantFrom('RUN <<EOF', 'EOF', '\\', '# escape=`', 'COPY --from="x', 'ENV a="b'),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        expect(Array.isArray(check(lines.join('\n')))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test('are found in a megabyte without a quadratic search', () => {
    const text = `FROM a\n${'ENV a="b c" d=e \\\n'.repeat(50_000)}  f=g\n`;
    const start = process.cpuUsage();
    check(text);
    check(`FROM a\nRUN ${'<<A '.repeat(200_000)}\n`);
    check(`FROM a\nRUN ${'"'.repeat(500_000)}\n`);
    expect(process.cpuUsage(start).user / 1_000).toBeLessThan(3_000);
  });
});
