/** A text without what must not be seen in it; the same text where there is nothing. */
export type Hide = (text: string) => string;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** How the two formats call what others refer to in the document. */
const IDENTITIES = ['bom-ref', 'SPDXID'];
/** These stand for the whole document, and hold all of it. */
const WHOLE = new Set(['SPDXRef-DOCUMENT']);
/** With which syft ends them; of a file the rest is the end of its path, cut anywhere. */
const HASH = /[0-9a-f]{16}$/;
const CPE = 'cpe:2.3:';
/** Of a property of CycloneDX, and of a reference of SPDX. */
const GUESS_FIELDS = ['value', 'referenceLocator'] as const;

/**
 * A bill of materials, in CycloneDX or SPDX, without hidden values: `***` stands for each. What refers to a part that holds one refers to it
 * by a name that does not. Names for databases of vulnerabilities (CPE) that syft has guessed from such a part are left out, since they hold
 * pieces of its name. The bytes as they are where there is nothing to hide.
 */
export function hideInDocument(document: Buffer, hide: Hide): Buffer {
  const text = document.toString('utf8');
  if (hide(text) === text) return document;
  const whole = JSON.parse(text) as Json;
  const names = new Map<string, string>();
  nameAnew(whole, hide, names);
  return Buffer.from(JSON.stringify(hidden(whole, hide, names)));
}

/** Finds other names for the parts of a document that hold a hidden value. */
function nameAnew(one: Json, hide: Hide, names: Map<string, string>): void {
  if (typeof one !== 'object' || one === null) return;
  if (!Array.isArray(one))
    for (const field of IDENTITIES) {
      const name = one[field];
      if (typeof name !== 'string' || WHOLE.has(name) || !holdsHidden(one, hide)) continue;
      const rest = HASH.exec(name)?.[0] ?? `hidden-${names.size + 1}`;
      names.set(name, field === 'SPDXID' ? `SPDXRef-${rest}` : rest);
    }
  for (const value of Object.values(one)) nameAnew(value, hide, names);
}

function holdsHidden(one: Json, hide: Hide): boolean {
  if (typeof one === 'string') return hide(one) !== one;
  if (typeof one !== 'object' || one === null) return false;
  return Object.values(one).some((value) => holdsHidden(value, hide));
}

function hidden(one: Json, hide: Hide, names: ReadonlyMap<string, string>): Json {
  if (typeof one === 'string') return names.get(one) ?? hide(one);
  if (Array.isArray(one)) return one.map((value) => hidden(value, hide, names));
  if (typeof one !== 'object' || one === null) return one;
  const isNamedByHidden = ['name', 'group', 'version', 'versionInfo'].some(
    (field) => typeof one[field] === 'string' && holdsHidden(one[field], hide),
  );
  const left = Object.entries(one).flatMap(([key, value]): [string, Json][] => {
    const kept = withoutGuesses(value, (cpe) => isNamedByHidden || hide(plain(cpe)) !== plain(cpe));
    return kept === undefined ? [] : [[key, hidden(kept, hide, names)]];
  });
  return Object.fromEntries(left);
}

/** The field of a package without the CPEs that `goes` tells, each a text by itself or in a member of a list; undefined where it is one. */
function withoutGuesses(value: Json, goes: (cpe: string) => boolean): Json | undefined {
  if (isCpe(value)) return goes(value) ? undefined : value;
  if (!Array.isArray(value)) return value;
  return value.filter((member) => {
    if (typeof member !== 'object' || member === null || Array.isArray(member)) return true;
    return !GUESS_FIELDS.some((field) => isCpe(member[field]) && goes(member[field]));
  });
}

function isCpe(value: Json | undefined): value is string {
  return typeof value === 'string' && value.startsWith(CPE);
}

/** Signs in a CPE have a backslash before them. */
function plain(cpe: string): string {
  return cpe.replaceAll('\\', '');
}
