/** Compares two versions: negative, 0 or positive; null where this scheme does not know their order. */
export type CompareVersions = (left: string, right: string) => number | null;

const APK =
  /^(?<numbers>\d+(?:\.\d+)*)(?<letter>[a-z]?)(?<suffixes>(?:_(?:alpha|beta|pre|rc|cvs|svn|git|hg|p)\d*)*)(?:-r(?<revision>\d+))?$/;
const APK_SUFFIXES = ['alpha', 'beta', 'pre', 'rc', '', 'cvs', 'svn', 'git', 'hg', 'p'];
const SEMVER = /^v?(?<numbers>\d+\.\d+\.\d+)(?:-(?<prerelease>[0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;
const NUMBERS = /^v?(?<numbers>\d+(?:\.\d+)*)$/;

/** As `dpkg --compare-versions` does. */
export function compareDeb(left: string, right: string): number {
  const [a, b] = [debParts(left), debParts(right)];
  return a.epoch - b.epoch || debOrder(a.upstream, b.upstream) || debOrder(a.revision, b.revision);
}

/** Epoch, upstream version and revision of a version of Debian. */
export function debParts(version: string): { epoch: number; upstream: string; revision: string } {
  const [, epoch = '0', rest = version] = /^(\d+):(.*)$/s.exec(version) ?? [];
  const dash = rest.lastIndexOf('-');
  const upstream = dash === -1 ? rest : rest.slice(0, dash);
  return { epoch: Number(epoch), upstream, revision: dash === -1 ? '' : rest.slice(dash + 1) };
}

/** Runs of other characters and of digits take turns; `~` comes before the end, letters before everything else. */
function debOrder(left: string, right: string): number {
  let [a, b] = [left, right];
  while (a !== '' || b !== '') {
    const [headA, headB] = [/^\D*/.exec(a)?.[0] ?? '', /^\D*/.exec(b)?.[0] ?? ''];
    for (let index = 0; index < Math.max(headA.length, headB.length); index += 1) {
      const order = debWeight(headA[index]) - debWeight(headB[index]);
      if (order !== 0) return order;
    }
    [a, b] = [a.slice(headA.length), b.slice(headB.length)];
    const [digitsA, digitsB] = [/^\d*/.exec(a)?.[0] ?? '', /^\d*/.exec(b)?.[0] ?? ''];
    const order = numberOrder(digitsA, digitsB);
    if (order !== 0) return order;
    [a, b] = [a.slice(digitsA.length), b.slice(digitsB.length)];
  }
  return 0;
}

function debWeight(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === '~') return -1;
  const code = character.codePointAt(0) ?? 0;
  return /[A-Za-z]/.test(character) ? code : code + 256;
}

/** As apk does; null for what is no version of apk. */
export const compareApk: CompareVersions = (left, right) => {
  const [a, b] = [APK.exec(left)?.groups, APK.exec(right)?.groups];
  if (a === undefined || b === undefined) return null;
  const letters = (a['letter'] ?? '') < (b['letter'] ?? '') ? -1 : a['letter'] === b['letter'] ? 0 : 1;
  return (
    listOrder(a['numbers'] ?? '', b['numbers'] ?? '') ||
    letters ||
    suffixOrder(a['suffixes'] ?? '', b['suffixes'] ?? '') ||
    numberOrder(a['revision'] ?? '', b['revision'] ?? '')
  );
};

function suffixOrder(left: string, right: string): number {
  const [a, b] = [left, right].map((text) => text.split('_').slice(1));
  for (let index = 0; index < Math.max(a?.length ?? 0, b?.length ?? 0); index += 1) {
    const [one, other] = [a?.[index] ?? '', b?.[index] ?? ''].map((suffix) => {
      const [, name = '', number = ''] = /^([a-z]*)(\d*)$/.exec(suffix) ?? [];
      return { rank: APK_SUFFIXES.indexOf(name), number };
    });
    const order =
      (one?.rank ?? 0) - (other?.rank ?? 0) || numberOrder(one?.number ?? '', other?.number ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** By the precedence of Semantic Versioning 2; null for anything else. */
export const compareSemver: CompareVersions = (left, right) => {
  const [a, b] = [SEMVER.exec(left)?.groups, SEMVER.exec(right)?.groups];
  if (a === undefined || b === undefined) return compareNumbers(left, right);
  const order = listOrder(a['numbers'] ?? '', b['numbers'] ?? '');
  if (order !== 0) return order;
  const [before, after] = [a['prerelease'], b['prerelease']];
  if (before === undefined || after === undefined)
    return Number(before === undefined) - Number(after === undefined);
  return prereleaseOrder(before.split('.'), after.split('.'));
};

function prereleaseOrder(left: readonly string[], right: readonly string[]): number {
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const [a, b] = [left[index], right[index]];
    if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
    const [isNumberA, isNumberB] = [/^\d+$/.test(a), /^\d+$/.test(b)];
    if (isNumberA !== isNumberB) return isNumberA ? -1 : 1;
    const order = isNumberA ? numberOrder(a, b) : a < b ? -1 : a === b ? 0 : 1;
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers between dots, whose order is the same everywhere; null for anything else. */
export const compareNumbers: CompareVersions = (left, right) => {
  const [a, b] = [NUMBERS.exec(left)?.groups?.['numbers'], NUMBERS.exec(right)?.groups?.['numbers']];
  return a === undefined || b === undefined ? null : listOrder(a, b);
};

function listOrder(left: string, right: string): number {
  const [a, b] = [left.split('.'), right.split('.')];
  for (let index = 0; index < Math.max(a.length, b.length); index += 1) {
    const order = numberOrder(a[index] ?? '', b[index] ?? '');
    if (order !== 0) return order;
  }
  return 0;
}

/** Of digits, of any length; nothing is zero. */
function numberOrder(left: string, right: string): number {
  const [a, b] = [left, right].map((digits) => digits.replace(/^0+/, ''));
  return (a ?? '').length - (b ?? '').length || ((a ?? '') < (b ?? '') ? -1 : a === b ? 0 : 1);
}
