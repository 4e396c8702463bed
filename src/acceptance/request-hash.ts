import { createHash } from 'node:crypto';

/** SHA-256 (hex) of what a request asks for; the order of keys does not matter. */
export function requestSha256(projectId: string, body: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify([projectId, sorted(body)]))
    .digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => [key, sorted(inner)]);
}
