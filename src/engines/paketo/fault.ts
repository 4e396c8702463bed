import type { ErrorCode } from '../../domain/errors.js';
import { judgeRegistryWords } from '../../domain/images/registry-words.js';

/** What keeps the launcher from going on, for people. */
export class Fault extends Error {
  constructor(
    readonly code: ErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** The fault that a program of the registry's side stands for, by what it printed; `what` is what was wanted of it. */
export function registryFault(image: string, printed: string): Fault {
  const last = lastLine(printed);
  if (/no space left on device/i.test(printed))
    return new Fault('disk_full', 'The disk of the build host is full.');
  if (/MANIFEST_UNKNOWN|NAME_UNKNOWN|\b404\b/.test(printed))
    return new Fault('base_image_missing', `The image ${image} does not exist on its registry: ${last}.`);
  if (/no child with platform/.test(printed))
    return new Fault('base_image_missing', `The image ${image} is not there for this platform: ${last}.`);
  const trouble = judgeRegistryWords(printed, image);
  if (trouble === null)
    return new Fault('registry_unreachable', `The image ${image} cannot be had: ${last}.`);
  return new Fault(
    trouble.code,
    `The image ${image} cannot be had: ${trouble.what} (${last}). ${trouble.remedy}`,
  );
}

function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  return (lines.at(-1) ?? '').replace(/^Error: /, '').slice(0, 400);
}
