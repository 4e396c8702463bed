import { isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { KilnError } from '../../domain/errors.js';

/**
 * The refusal of settings with the line of each that the text of a build file has (`NAME in kiln.yaml does not fit`); any other error as it
 * is.
 */
export function placeSettings(error: unknown, text: string, file: string): unknown {
  if (!(error instanceof KilnError) || !error.message.includes(` in ${file} does not fit`)) return error;
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const placed = (said: string): string =>
    said.replaceAll(/([a-z_.]+) in (.+?) does not fit/g, (whole, field: string, named: string) => {
      const line = named === file ? lineOf(field.split('.')) : null;
      return line === null ? whole : `${field} in ${file}, line ${line}, does not fit`;
    });
  return new KilnError(error.code, {
    message: placed(error.message),
    fields: error.fields.map(({ field, message }) => ({ field, message: placed(message) })),
    cause: error,
  });

  function lineOf(path: readonly string[]): number | null {
    const parent: unknown = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
    const keys = isMap(parent) ? parent.items.map(({ key }) => key) : [];
    const key = keys.find((one) => isScalar(one) && one.value === path.at(-1));
    return isNode(key) && key.range ? lines.linePos(key.range[0]).line : null;
  }
}
