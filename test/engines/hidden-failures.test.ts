import fc from 'fast-check';
import type { RunFailure } from '../../src/domain/builds/outcome.js';
import { explainFailure as explainBuildx } from '../../src/engines/buildx/failure.js';
import { PlainText } from '../../src/engines/buildx/plain-text.js';
import { explainFailure as explainContainer } from '../../src/engines/container/failure.js';
import { explainFailure as explainKaniko } from '../../src/engines/kaniko/failure.js';
import { explainFailure as explainPacker } from '../../src/engines/packer/failure.js';
import { explainFailure as explainPaketo } from '../../src/engines/paketo/failure.js';
import { registryFault } from '../../src/engines/paketo/fault.js';
import type { Hide } from '../../src/ports/engine.js';
import { maskText } from '../../src/supervisor/masking.js';
import { Masks } from '../../src/supervisor/masks.js';
import { maskFailure } from '../../src/supervisor/outcome.js';

const END = { exitCode: 1, signal: null, outputs: {} };
const ENDED = { end: END, digest: null };

type Explain = (printed: string, hide: Hide) => RunFailure | null;

const step = (instruction: string | null): never =>
  ({ name: `step ${instruction ?? ''}`, instruction, number: 1, output: { lastLines: () => [] } }) as never;

function buildx(error: string, instruction: string | null, hide: Hide): RunFailure | null {
  const plainText = new PlainText();
  plainText.add(`error: failed to solve: ${error}`);
  const output = { lastLines: () => [] };
  const parsed = { instruction, stage: null };
  const failed = instruction === null ? null : { name: instruction, number: 1, error, parsed, output };
  return explainBuildx({
    ...ENDED,
    ...{ hide, keeps: [], failed: failed as never, hasInstructions: true, plainText },
  });
}

const container = (error: string, name: 'build' | 'push', instruction: string | null, hide: Hide) =>
  explainContainer({
    ...ENDED,
    ...{ hide, error, phase: { name, image: 'r.test/app' }, failed: step(instruction), plainLines: [] },
  });

const kaniko = (error: string, instruction: string | null, hide: Hide) =>
  explainKaniko({ ...ENDED, hide, error, open: step(instruction), plainLines: [] });

const packer = (error: string, name: 'validate' | 'read' | 'build' | 'push', hide: Hide) =>
  explainPacker({
    ...ENDED,
    ...{ hide, error, phase: { name, image: 'r.test/app' }, stopped: null, failed: step('x') },
    ...{ places: [], plainLines: [] },
  });

const paketo = (
  error: string | null,
  fault: { code: never; message: string; said: string } | null,
  hide: Hide,
) =>
  explainPaketo({
    ...ENDED,
    ...{ hide, error, fault, phase: 'build', exitCode: 1, tried: [], open: null, buildpack: 'b/p' },
    plainLines: [],
  });

const CASES: Readonly<Record<string, Explain>> = {
  'buildx, a push': (printed, hide) => buildx(`failed to push r.test/app: denied ${printed}`, null, hide),
  'buildx, a base': (printed, hide) =>
    buildx(`failed to resolve source metadata for r.test/base: ${printed}`, null, hide),
  'buildx, an instruction': (printed, hide) =>
    buildx('process did not complete successfully: exit code: 1', `RUN ${printed}`, hide),
  'buildx, a path': (printed, hide) =>
    buildx(`failed to calculate checksum of ref a::b "${printed}": not found`, 'COPY a b', hide),
  'container, a step': (printed, hide) => container(`building: ${printed}`, 'build', 'COPY a b', hide),
  'container, an instruction': (printed, hide) =>
    container('while running runtime: exit status 1', 'build', `RUN ${printed}`, hide),
  'container, a path': (printed, hide) =>
    container(`lstat ${printed}: no such file or directory`, 'build', 'COPY a b', hide),
  'container, a push': (printed, hide) => container(`denied: ${printed}`, 'push', null, hide),
  'kaniko, a step': (printed, hide) => kaniko(`error building image: ${printed}`, 'COPY a b', hide),
  'kaniko, an instruction': (printed, hide) =>
    kaniko('waiting for process to exit: exit status 1', `RUN ${printed}`, hide),
  'kaniko, a push': (printed, hide) => kaniko(`error pushing image: https://r denied ${printed}`, null, hide),
  'packer, a template': (printed, hide) => packer(`Error: ${printed}\n\nError: other`, 'validate', hide),
  'packer, an image': (printed, hide) => packer(printed, 'read', hide),
  'packer, a step': (printed, hide) => packer(printed, 'build', hide),
  'packer, a push': (printed, hide) => packer(`denied: ${printed}`, 'push', hide),
  'paketo, a buildpack': (printed, hide) => paketo(printed, null, hide),
  'paketo, a registry': (printed, hide) => {
    const { code, message, said } = registryFault('r.test/app', `denied ${printed}`);
    return paketo(null, { code: code as never, message, said }, hide);
  },
};

/** Four characters in a row: what is left of a secret that is cut. */
const FRAGMENT = 4;

test.each(Object.entries(CASES))(
  '%s: the reason of a failure holds no part of a secret',
  (_name, explain) => {
    // Signs at which the rules split, and none that the words of Kiln or of the programs have.
    const secret = fc
      .array(fc.constantFrom('Q', 'Z', '7', '9', '%', '😀', ': ', '"', ' ', 'é'), {
        minLength: 8,
        maxLength: 60,
      })
      .map((parts) => `Q7${parts.join('')}7Z`);
    fc.assert(
      fc.property(
        secret,
        fc.integer({ min: 0, max: 520 }),
        fc.integer({ min: 0, max: 600 }),
        (value, before, after) => {
          const masks = new Masks([Buffer.from(value)]);
          const printed = `${'x'.repeat(before)} ${value} ${'y'.repeat(after)}`;
          const failure = explain(printed, (text) => maskText(text, masks))!;
          const { message } = maskFailure(failure, masks);
          for (const part of value.match(/[QZ79%é]{4,}/gu) ?? [])
            for (let at = 0; at + FRAGMENT <= part.length; at++)
              if (message.includes(part.slice(at, at + FRAGMENT)))
                throw new Error(`${part.slice(at, at + FRAGMENT)} of ${value} stands in ${message}`);
        },
      ),
      { numRuns: 100 },
    );
  },
);

test('a secret that is one of the words that tell the reason changes the words alone', () => {
  const masks = new Masks([Buffer.from('denied')]);
  const failure = buildx('failed to push r.test/app: denied', null, (text) => maskText(text, masks));
  expect(failure).toMatchObject({ code: 'registry_denied', stage: 'push' });
  expect(failure?.message).not.toContain('denied');
});

test('an instruction is cut after its values are hidden', () => {
  const value = 'tok-0123456789-abcdefghijklmnopqrstuvwxyz-9876543210';
  const masks = new Masks([Buffer.from(value)]);
  const instruction = `RUN echo ${'x'.repeat(80)} && publish ${value} || exit 1`;
  const failure = buildx('did not complete successfully: exit code: 1', instruction, (text) =>
    maskText(text, masks),
  );
  expect(failure?.message).toBe(
    `RUN echo ${'x'.repeat(80)} && publish *** || exit 1 failed with exit code 1.`,
  );
});
