/** A text without what must not be seen in it; the same text where there is nothing. */
export type Hide = (text: string) => string;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** How the two formats call what others refer to in the document. */
const PREFIXES = { 'bom-ref': '', SPDXID: 'SPDXRef-', licenseId: 'LicenseRef-' } as const;
const IDENTITIES = ['bom-ref', 'SPDXID', 'licenseId'] as const;
/** Names that are made of texts alone, without a hash at their end. */
const OF_TEXT = /^(?:LicenseRef-|SPDXRef-DocumentRoot-)/;
/**
 * A licence that no list has, alone or in an expression. syft makes its name of the text of the package: each sign that may not be in such
 * a name is a `-` in it (anchore/syft, syft/format/internal/spdxutil/helpers: generateLicenseID and SanitizeElementID).
 */
const LICENSE_REF = /LicenseRef-[A-Za-z0-9.-]+/g;
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
      const hash = OF_TEXT.test(name) ? undefined : HASH.exec(name)?.[0];
      names.set(name, `${PREFIXES[field]}${hash ?? hiddenName(names)}`);
    }
  for (const value of Object.values(one)) nameAnew(value, hide, names);
}

function hiddenName(names: ReadonlyMap<string, string>): string {
  return `hidden-${names.size + 1}`;
}

/** The text with other names for licences that hold a hidden value, also where nothing else of the document tells of them. */
function withoutLicenses(text: string, hide: Hide, names: Map<string, string>): string {
  return text.replace(LICENSE_REF, (ref) => {
    if (!names.has(ref) && hide(ref) !== ref) names.set(ref, `LicenseRef-${hiddenName(names)}`);
    return names.get(ref) ?? ref;
  });
}

function holdsHidden(one: Json, hide: Hide): boolean {
  if (typeof one === 'string') return hide(one) !== one;
  if (typeof one !== 'object' || one === null) return false;
  return Object.values(one).some((value) => holdsHidden(value, hide));
}

function hidden(one: Json, hide: Hide, names: Map<string, string>): Json {
  if (typeof one === 'string') return names.get(one) ?? hide(withoutLicenses(one, hide, names));
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
