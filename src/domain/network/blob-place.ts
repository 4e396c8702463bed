/** A place for contents in a store that speaks S3. */
export interface BlobPlace {
  readonly bucket: string;
  /** Empty, or ends with a slash. */
  readonly prefix: string;
  /** Null: that of AWS in the region. */
  readonly endpoint: string | null;
  readonly region: string;
  /** Whether the bucket is in the path, not in the name of the host. */
  readonly pathStyle: boolean;
}

const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const PREFIX = /^[A-Za-z0-9._/-]{0,200}$/;

/**
 * Reads `s3://bucket[/prefix][?endpoint=URL&region=NAME&path_style=true|false]`. A text says what is wrong, never with the value: it may
 * hold credentials, which have no place there.
 */
export function parseBlobPlace(text: string): BlobPlace | string {
  const [, bucket = '', path = '', query = ''] =
    /^s3:\/\/([^/?#]*)(?:\/([^?#]*))?(?:\?([^#]*))?$/.exec(text) ?? [];
  if (bucket.includes('@'))
    return 'holds credentials: they come from the environment of the process or a file';
  if (!BUCKET.test(bucket)) return 'expected s3://bucket[/prefix][?endpoint=https://host&region=name]';
  if (!PREFIX.test(path)) return 'expected a prefix of letters, digits, ".", "_", "-" and "/"';
  const settings = new Map(
    query === '' ? [] : query.split('&').map((pair) => splitPair(pair) as [string, string]),
  );
  const unknown = [...settings.keys()].find((name) => !['endpoint', 'region', 'path_style'].includes(name));
  if (unknown !== undefined) return 'knows endpoint, region and path_style only';
  const endpoint = settings.get('endpoint') ?? null;
  if (endpoint !== null && !/^https?:\/\/[^/?#@]+\/?$/.test(endpoint))
    return 'expected an endpoint such as https://s3.example.com';
  const region = settings.get('region') ?? (endpoint === null ? null : 'us-east-1');
  if (region === null || !/^[a-z0-9-]{1,50}$/.test(region)) return 'expected a region such as eu-central-1';
  const pathStyle = settings.get('path_style') ?? String(endpoint !== null);
  if (!['true', 'false'].includes(pathStyle)) return 'expected path_style=true or false';
  const trimmed = path.replace(/^\/+|\/+$/g, '');
  return {
    bucket,
    prefix: trimmed === '' ? '' : `${trimmed}/`,
    endpoint: endpoint?.replace(/\/$/, '') ?? null,
    region,
    pathStyle: pathStyle === 'true',
  };
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)];
  try {
    return [name, decodeURIComponent(value)];
  } catch {
    return [name, ''];
  }
}
