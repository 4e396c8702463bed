import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { checkDockerfile } from '../../../../src/domain/images/dockerfile/check.js';

interface Verdict {
  readonly dockerfile: string;
  readonly refusal: { readonly line: number | null; readonly error: string } | null;
}

/** What BuildKit 0.29 said of these files (recorded with the subrequest frontend.targets, which parses and runs nothing). */
const verdicts = JSON.parse(
  readFileSync(new URL('buildkit-verdicts.json', import.meta.url), 'utf8'),
) as Verdict[];

/** Refused by BuildKit, but only the build says so here: the content of a flag's value is not judged. */
const LEFT_TO_THE_BUILD =
  /time: invalid duration|--retries cannot|unsupported mount type|invalid network mode|VOLUME specified/;

/** Accepted by the parser of BuildKit, refused by the build: a file of ARG alone has no stage. */
const REFUSED_LATER = new Set(['ARG A\n']);

const target = null;

describe('the check of a Dockerfile', () => {
  test.each(verdicts.filter(({ refusal, dockerfile }) => refusal === null && !REFUSED_LATER.has(dockerfile)))(
    'accepts what BuildKit accepts: $dockerfile',
    ({ dockerfile }) => {
      expect(checkDockerfile(dockerfile, { target })).toEqual([]);
    },
  );

  test.each(verdicts.filter(({ refusal }) => refusal !== null && !LEFT_TO_THE_BUILD.test(refusal.error)))(
    'refuses what BuildKit refuses, on the same line: $dockerfile',
    ({ dockerfile, refusal }) => {
      const problems = checkDockerfile(dockerfile, { target });
      expect(problems).not.toEqual([]);
      if (refusal?.line !== null) expect(problems.map(({ line }) => line)).toContain(refusal?.line);
    },
  );
});
