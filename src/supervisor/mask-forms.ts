import { MIN_SECRET_BYTES } from '../domain/secrets/secret.js';

/** Characters in a line of base64 as programs wrap it: coreutils and MIME, then PEM. */
const BASE64_COLUMNS = [76, 64];
/** Characters in a line of what packer says of a template: it breaks it at blanks (hashicorp/hcl, diagnostic_text.go), a phrase that fits in one once at most. */
const PHRASE_COLUMNS = 80;
/** How programs print bytes in hex: how many in a line, and what stands before each. */
const HEX_LINES = [
  { program: 'xxd -p', bytes: 30, before: '' },
  { program: 'od -An -tx1', bytes: 16, before: ' ' },
];

/**
 * The byte strings that must not appear for these secrets: each as it is, without its final newline, each long line of it, and its
 * JSON, HTML, shell, URL, hex and base64 forms (both also wrapped, and short phrases, base64 inside a longer text as in basic authentication). A secret is
 * hidden at any length; forms and lines shorter than MIN_SECRET_BYTES would hide ordinary text and are left out.
 */
export function maskForms(secrets: readonly Uint8Array[]): Buffer[] {
  const found = new Map<string, Buffer>();
  const add = (form: string | Buffer, minBytes: number): void => {
    const bytes = Buffer.from(form as string);
    if (bytes.length >= minBytes) found.set(bytes.toString('latin1'), bytes);
  };
  for (const secret of secrets) {
    const whole = Buffer.from(secret);
    const text = textOf(whole);
    const body = text === null ? whole : Buffer.from(text);
    add(body, 1);
    if (text !== null) for (const form of textForms(text)) add(form, MIN_SECRET_BYTES);
    for (const form of [...byteForms(whole), ...byteForms(body)]) add(form, MIN_SECRET_BYTES);
  }
  return [...found.values()];
}

/** The secret as text without its final newline; null when it is no UTF-8. */
function textOf(bytes: Buffer): string | null {
  const text = bytes.toString('utf8');
  return Buffer.from(text).equals(bytes) ? text.replace(/\r?\n$/, '') : null;
}

function textForms(text: string): string[] {
  const lines = text.split(/\r?\n/);
  const encoded = encodeURIComponent(text);
  const strict = encoded.replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
  const lower = (form: string): string => form.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase());
  return [
    ...(lines.length > 1 ? [...lines, lines.join('\r\n')] : brokenForms(text)),
    ...[encoded, strict, strict.replaceAll('%20', '+')].flatMap((form) => [form, lower(form)]),
    ...jsonForms(text),
    ...htmlForms(text),
    // Inside single quotes: bash, then ash and dash.
    ...["'\\''", `'"'"'`].map((quote) => text.replaceAll("'", quote)),
  ];
}

/** A phrase broken at each blank between its words. */
function brokenForms(phrase: string): string[] {
  if (phrase.length > PHRASE_COLUMNS) return [];
  return [...phrase.matchAll(/(?<=\S)\s+(?=\S)/g)].map(
    ({ index, 0: blank }) => `${phrase.slice(0, index)}\n${phrase.slice(index + blank.length)}`,
  );
}

/** As most programs write JSON, as PHP does, and as Go does. */
function jsonForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const escaped = json.replace(/[<>&]/g, (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`);
  return [json, json.replaceAll('/', '\\/'), escaped];
}

/** Programs differ in how they write quotes. */
function htmlForms(text: string): string[] {
  const escaped = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return ['&quot;', '&#34;'].flatMap((double) =>
    ["'", '&#39;', '&#x27;'].map((single) => escaped.replaceAll('"', double).replaceAll("'", single)),
  );
}

function byteForms(bytes: Buffer): string[] {
  const hex = bytes.toString('hex');
  const base64 = bytes.toString('base64');
  return [
    ...[hex, hex.toUpperCase()],
    ...HEX_LINES.flatMap((line) => hexLines(bytes, line)),
    ...base64Forms(bytes),
    ...BASE64_COLUMNS.flatMap((columns) => (base64.length > columns ? linesOf(base64, columns, '') : [])),
  ];
}

/** Base64 at each of the three alignments, less the characters that neighbouring bytes change. */
function base64Forms(bytes: Buffer): string[] {
  const forms = ['base64', 'base64url'] as const;
  return forms.flatMap((form) => [
    bytes.toString(form),
    ...[0, 1, 2].map((shift) => {
      const text = Buffer.concat([Buffer.alloc(shift), bytes])
        .toString(form)
        .replace(/=+$/, '');
      const shared = (shift + bytes.length) % 3 === 0 ? 0 : 1;
      return text.slice(shift === 0 ? 0 : shift + 1, text.length - shared);
    }),
  ]);
}

function hexLines(secret: Buffer, { bytes, before }: { bytes: number; before: string }): string[] {
  const hex = secret.toString('hex').replace(/../g, `${before}$&`);
  return linesOf(hex, (2 + before.length) * bytes, before).filter(
    (line) => line.length >= 2 * MIN_SECRET_BYTES,
  );
}

/**
 * The lines of a long text, without what stands before each. A short last one would hide ordinary text by itself: it is hidden
 * together with the one above.
 */
function linesOf(text: string, columns: number, before: string): string[] {
  const count = Math.ceil(text.length / columns);
  const lines = Array.from({ length: count }, (_, line) => text.slice(line * columns, (line + 1) * columns));
  return [...lines, ...(count > 1 ? [lines.slice(-2).join('\n')] : [])].map((line) =>
    line.slice(before.length),
  );
}
