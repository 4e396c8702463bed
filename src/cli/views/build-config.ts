import type { BuildConfig } from '../../contracts/build-config-operations.js';
import type { Style } from '../terminal/style.js';
import { stripEscapes } from '../terminal/escapes.js';
import { limitLines } from './limit-list.js';
import { tableLines } from '../terminal/table.js';

const LONGEST_VALUE = 60;

/** The settings of a build, one a line: name, value, the place that decided it. */
export function configLines(config: BuildConfig, style: Style): string[] {
  const places = {
    request: 'request',
    build_file: config.build_file === null ? 'build file' : stripEscapes(config.build_file),
    project: 'project',
    built_in: 'built in',
  };
  const rows = config.settings.map(({ name, value, origin }) => [
    stripEscapes(name),
    shown(value),
    origin === null ? '' : places[origin],
  ]);
  const [head = '', ...lines] = tableLines([['SETTING', 'VALUE', 'FROM'], ...rows], Infinity);
  return [style.dim(head), ...lines, '', ...limitLines(config.limits, style)];
}

function shown(value: unknown): string {
  const plain = (one: unknown): string =>
    typeof one === 'object' && one !== null ? JSON.stringify(one) : String(one);
  const text = stripEscapes(Array.isArray(value) ? value.map(plain).join(', ') : plain(value)).replaceAll(
    '\n',
    '\\n',
  );
  if (text === '') return '-';
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE - 1)}…` : text;
}
