import { maskForms } from '../supervisor/mask-forms.js';
import { StreamMasker } from '../supervisor/masking.js';
import { Masks } from '../supervisor/masks.js';
import { canBeHidden } from '../domain/secrets/secret-arguments.js';

/** `postgres`, `python3`, `1.2.3`: as packages are named and counted. */
const WORD = /^(?:[a-z]{1,14}\d{0,2}|[\d.]+)$/i;
/** Digests and what syft calls packages by; a short value is in one of them by chance. */
const HEX_RUN = /([0-9a-f]{16,})/;
const SHORT_HEX = /^[0-9a-f]{1,11}$/;
const NUMBER = /^\d+$/;

/**
 * Hides values, in all forms that a log hides, in texts of a document that names these packages (names and versions). A value that is a plain
 * word or number and is part of such a name is not hidden: it would make the document false about a package that has nothing to do with it.
 */
export function hideValues(
  values: readonly string[],
  packages: readonly { readonly name: string; readonly version: string }[],
): (text: string) => string {
  const names = packages.flatMap(({ name, version }) => [name, version]).join('\n');
  const anywhere = new Masks();
  const outsideOfHex = new Masks();
  const hideable = values.filter(canBeHidden).flatMap((value) => [value, ...asNames(value)]);
  for (const pattern of maskForms(hideable.map((value) => Buffer.from(value)))) {
    const text = pattern.toString('latin1');
    if (WORD.test(text) && names.toLowerCase().includes(text.toLowerCase())) continue;
    (SHORT_HEX.test(text) ? outsideOfHex : anywhere).addPattern(pattern);
  }
  return (text) => {
    if (NUMBER.test(text)) return text;
    const left = maskWhole(text, anywhere);
    if (outsideOfHex.isEmpty) return left;
    return left
      .split(HEX_RUN)
      .map((part, at) => (at % 2 === 1 ? part : maskWhole(part, outsideOfHex)))
      .join('');
  };
}

/**
 * As package URLs, Python and file systems without capital letters write a name, and as SPDX does, which has letters, digits, `.` and `-`
 * alone: syft writes a `-` for each other character. A name that is little but signs would hide ordinary text.
 */
function asNames(value: string): string[] {
  const lower = value.toLowerCase();
  const spdx = value.replaceAll(/[^A-Za-z0-9.-]/gu, '-');
  return [
    lower,
    ...['-', '_', '.'].map((sign) => lower.replaceAll(/[-_.]+/g, sign)),
    spdx,
    spdx.toLowerCase(),
  ].filter((name) => canBeHidden(name.replaceAll(/[-_.]/g, '')));
}

/** Unlike an excerpt of a log, a text of a document is whole: a part of a value at its end is none. */
function maskWhole(text: string, masks: Masks): string {
  if (masks.isEmpty) return text;
  const masker = new StreamMasker(masks);
  return Buffer.concat([masker.push(Buffer.from(text)), masker.end()]).toString('utf8');
}
