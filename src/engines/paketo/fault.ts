import type { ErrorCode } from '../../domain/errors.js';
import { judgeRegistryWords } from '../../domain/images/registry-words.js';
import { OutputTail } from '../output/output-tail.js';

/** What keeps the launcher from going on, for people. */
export class Fault extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** The part of the message that a program has printed. It is cut short by whoever can hide secrets in it first. */
    readonly said = '',
  ) {
    super(message);
  }
}

/** The last lines of what a program has printed, none of them cut: half of one could hold half a secret. */
export function lastWords(printed: string, count: number): string {
  const tail = new OutputTail();
  tail.append(Buffer.from(printed.trim()));
  return tail.lines(count).join('\n');
}

/** The fault that a program of the registry's side stands for, by what it printed; `what` is what was wanted of it. */
export function registryFault(image: string, printed: string): Fault {
  const last = lastLine(printed);
  if (/no space left on device/i.test(printed))
    return new Fault('disk_full', 'The disk of the build host is full.');
  if (/MANIFEST_UNKNOWN|NAME_UNKNOWN|\b404\b/.test(printed))
    return new Fault(
      'base_image_missing',
      `The image ${image} does not exist on its registry: ${last}.`,
      last,
    );
  if (/no child with platform/.test(printed))
    return new Fault(
      'base_image_missing',
      `The image ${image} is not there for this platform: ${last}.`,
      last,
    );
  const trouble = judgeRegistryWords(printed, image);
  if (trouble === null)
    return new Fault('registry_unreachable', `The image ${image} cannot be had: ${last}.`, last);
  return new Fault(
    trouble.code,
    `The image ${image} cannot be had: ${trouble.what} (${last}). ${trouble.remedy}`,
    last,
  );
}

function lastLine(text: string): string {
  return lastWords(text, 1).replace(/^Error: /, '');
}
