/** `name=value;name=value`, as databases and clouds write where they are and how they are opened. */
const CONNECTION_STRING = /^\s*[a-z][\w .]*=[^;]*;(?:[^;=]*=|\s*$)/i;
const SECRET_PART =
  /(?:^|;)\s*(?:password|pwd|accountkey|sharedaccesskey)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^;]*))/gi;

/** The passwords and keys of a connection string (`Server=db;Password=...;`); none of a text that is no such string. */
export function connectionSecrets(text: string): string[] {
  if (!CONNECTION_STRING.test(text)) return [];
  return [...text.matchAll(SECRET_PART)].map(([, double, single, plain = '']) =>
    (double ?? single ?? plain).trim(),
  );
}
