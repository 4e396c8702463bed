import type { PublicOperation } from './operation.js';

/** Path and query of an operation's example, as they are sent. */
export function exampleTarget({ path, example }: PublicOperation): string {
  const filled = path.replaceAll(/:(\w+)/g, (_all, name: string) =>
    encodeURIComponent(example.params?.[name] ?? ''),
  );
  const query = new URLSearchParams(example.query).toString();
  return query === '' ? filled : `${filled}?${query}`;
}

/**
 * The example of an operation as a command for a POSIX shell. It reads address and token from KILN_API_URL and KILN_TOKEN, as `kiln`
 * does; values of secrets come from a file, never from the command line.
 */
export function curlOf(operation: PublicOperation): string {
  const { auth, example, method, rawBody, responses } = operation;
  const { body, file } = example;
  const implied = rawBody !== undefined && method === 'put' ? 'put' : body === undefined ? 'get' : 'post';
  const contentType = rawBody ?? (body === undefined ? undefined : 'application/json');
  const headers = {
    ...example.headers,
    ...(contentType === undefined ? {} : { 'content-type': contentType }),
  };
  const isStream = Object.values(responses).some((one) => one.contentType === 'text/event-stream');
  const parts = [
    `${isStream ? '-N ' : ''}${method === implied ? '' : `-X ${method.toUpperCase()} `}"$KILN_API_URL${exampleTarget(operation)}"`,
    ...(auth === 'none' ? [] : ['-H "Authorization: Bearer $KILN_TOKEN"']),
    ...Object.entries(headers).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(file === undefined
      ? body === undefined
        ? []
        : [`-d ${quoted(JSON.stringify(body))}`]
      : [implied === 'put' ? `-T ${file.name}` : `--data-binary @${file.name}`]),
  ];
  return `curl ${parts.join(' \\\n  ')}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
