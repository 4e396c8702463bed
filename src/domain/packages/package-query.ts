import { KilnError } from '../errors.js';
import { compareApk, compareDeb, compareNumbers, compareSemver, debParts } from './version-schemes.js';

/** Which packages somebody looks for. */
export interface PackageQuery {
  /** The name itself, or its beginning. */
  readonly name: string;
  readonly isPrefix: boolean;
  /** All of them have to hold; any version for none. */
  readonly versions: readonly VersionRule[];
}

export interface VersionRule {
  /** `prefix`: the version begins so, and a dot, or another sign that is neither digit nor letter, follows. */
  readonly kind: '=' | 'prefix' | '<' | '<=' | '>' | '>=';
  readonly version: string;
}

/** A version by itself has a digit somewhere; what others are put in order with begins with one. */
const NAMED = /^(?=.*\d)[0-9A-Za-z][^*\s<>=^|]*$/;
const ORDERED = /^v?\d[^*\s<>=^|]*$/;

const SEMVER_TYPES = new Set([
  'npm',
  'go-module',
  'rust-crate',
  'swift',
  'pod',
  'dart-pub',
  'hex',
  'php-composer',
]);

/** Reads `NAME`, `NAME*`, `NAME@1.2.3`, `NAME@1.2.*`, `NAME@>=1.2,<1.3`. Raises `invalid_request` on the field `package`. */
export function parsePackageQuery(text: string): PackageQuery {
  // The name of a package of npm may begin with @.
  const at = text.indexOf('@', 1);
  const [name, versions] = at === -1 ? [text, null] : [text.slice(0, at), text.slice(at + 1)];
  const isPrefix = name.endsWith('*');
  const plain = isPrefix ? name.slice(0, -1) : name;
  if (plain === '' || plain.includes('*') || /\s/.test(plain))
    throw unreadable('expected the name of a package, or its beginning and *, such as openssl or libssl*');
  return { name: plain, isPrefix, versions: versions === null ? [] : versions.split(',').map(parseRule) };
}

function parseRule(text: string): VersionRule {
  const [, sign = '', version = ''] = /^\s*(<=|>=|<|>|=)?\s*(.*?)\s*$/s.exec(text) ?? [];
  if (version.endsWith('*') && sign === '') {
    const prefix = version.slice(0, -1).replace(/\.$/, '');
    if (prefix !== '' && !prefix.includes('*')) return { kind: 'prefix', version: prefix };
  } else if ((sign === '' || sign === '=' ? NAMED : ORDERED).test(version)) {
    return { kind: sign === '' ? '=' : (sign as VersionRule['kind']), version };
  }
  throw unreadable('expected a version such as 3.0.2, 3.0.* or >=3.0,<3.0.7 after the @');
}

function unreadable(message: string): KilnError {
  return new KilnError('invalid_request', { fields: [{ field: 'package', message }] });
}

/**
 * Whether a version is one that is looked for; null where the order of such versions is not known, so that nobody can say. What a rule does
 * not name is not compared: 3.0.2 is also `3.0.2-0ubuntu1.10` and `1:3.0.2-r3`.
 */
export function matchesVersion(type: string, version: string, rules: readonly VersionRule[]): boolean | null {
  const answers = rules.map((rule) => holds(type, version, rule));
  return answers.includes(false) ? false : answers.includes(null) ? null : true;
}

function holds(type: string, version: string, { kind, version: wanted }: VersionRule): boolean | null {
  const named = asNamedBy(type, version, wanted);
  if (kind === '=') return version === wanted || named === wanted;
  if (kind === 'prefix')
    return named === wanted || (named.startsWith(wanted) && !/^[0-9A-Za-z]/.test(named.slice(wanted.length)));
  const order = compare(type, named, wanted);
  if (order === null) return null;
  if (kind === '<') return order < 0;
  if (kind === '<=') return order <= 0;
  return kind === '>' ? order > 0 : order >= 0;
}

/** The version without what the wanted one does not name: epoch and revision of a distribution, the v of Go. */
function asNamedBy(type: string, version: string, wanted: string): string {
  if (type === 'deb' || type === 'unknown') {
    const { epoch, upstream, revision } = debParts(version);
    const named = wanted.includes('-') && revision !== '' ? `${upstream}-${revision}` : upstream;
    return /^\d+:/.test(wanted) ? `${epoch}:${named}` : named;
  }
  if (type === 'apk' && !/-r\d+$/.test(wanted)) return version.replace(/-r\d+$/, '');
  return type === 'go-module' && !wanted.startsWith('v') ? version.replace(/^v/, '') : version;
}

function compare(type: string, left: string, right: string): number | null {
  if (type === 'deb') return compareDeb(left, right);
  if (type === 'apk') return compareApk(left, right);
  return SEMVER_TYPES.has(type) ? compareSemver(left, right) : compareNumbers(left, right);
}
