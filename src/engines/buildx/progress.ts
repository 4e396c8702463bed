import type { BuildWarning } from '../../domain/builds/warning.js';

/** One line of `buildctl --progress rawjson` (client.SolveStatus of BuildKit), reduced to what Kiln reads. */
export interface Progress {
  readonly vertexes: readonly VertexUpdate[];
  readonly statuses: readonly StatusUpdate[];
  readonly logs: readonly LogUpdate[];
  readonly warnings: readonly WarningUpdate[];
}

export interface VertexUpdate {
  readonly digest: string;
  readonly name: string;
  readonly inputs: readonly string[];
  /** RFC 3339; null while the vertex waits. */
  readonly started: string | null;
  readonly completed: string | null;
  readonly cached: boolean;
  readonly error: string | null;
}

export interface StatusUpdate {
  readonly vertex: string;
  readonly id: string;
  readonly started: string | null;
  readonly completed: string | null;
}

export interface LogUpdate {
  readonly vertex: string;
  readonly isStderr: boolean;
  readonly bytes: Buffer;
}

export interface WarningUpdate {
  readonly vertex: string;
  readonly text: string;
  readonly warning: BuildWarning;
}

const KEYS = ['vertexes', 'statuses', 'logs', 'warnings'] as const;
type Fields = Readonly<Record<string, unknown>>;

/** Reads one line; null when it is not a progress record (buildctl also prints plain text). Never throws. */
export function readProgress(line: Buffer): Progress | null {
  if (line[0] !== 0x7b) return null;
  const record = parseObject(line.toString('utf8'));
  if (record === null || !KEYS.some((key) => Array.isArray(record[key]))) return null;
  return {
    vertexes: objects(record.vertexes).map(readVertex),
    statuses: objects(record.statuses).map((status) => ({
      vertex: text(status.vertex) ?? '',
      id: text(status.id) ?? '',
      started: text(status.started),
      completed: text(status.completed),
    })),
    logs: objects(record.logs).map((log) => ({
      vertex: text(log.vertex) ?? '',
      isStderr: log.stream === 2,
      bytes: Buffer.from(text(log.data) ?? '', 'base64'),
    })),
    warnings: objects(record.warnings).map(readWarning),
  };
}

function readVertex(vertex: Fields): VertexUpdate {
  return {
    digest: text(vertex.digest) ?? '',
    name: (text(vertex.name) ?? '').replace(/\s*[\r\n]\s*/g, ' '),
    inputs: Array.isArray(vertex.inputs) ? vertex.inputs.filter((input) => typeof input === 'string') : [],
    started: text(vertex.started),
    completed: text(vertex.completed),
    cached: vertex.cached === true,
    error: text(vertex.error),
  };
}

function readWarning(warning: Fields): WarningUpdate {
  const short = Buffer.from(text(warning.short) ?? '', 'base64').toString('utf8');
  const url = text(warning.url);
  return {
    vertex: text(warning.vertex) ?? '',
    text: url === null ? short : `${short} (${url})`,
    warning: toBuildWarning(short, url, lineOf(warning)),
  };
}

/** The short text is `Rule: what is wrong (line 3)`. */
function toBuildWarning(short: string, url: string | null, line: number | null): BuildWarning {
  const [, rule = 'buildkit', message = short] =
    /^([A-Z][A-Za-z]+): (.+?)(?: \(line \d+\))?$/s.exec(short) ?? [];
  const link = url?.startsWith('https://') === true ? url : null;
  return { foundBy: 'buildkit', rule, severity: 'warning', line, column: null, message, link };
}

function lineOf({ range }: Fields): number | null {
  const line = (objects(range)[0]?.start as { line?: unknown } | undefined)?.line;
  return typeof line === 'number' && Number.isInteger(line) && line >= 1 ? line : null;
}

function parseObject(json: string): Fields | null {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
  } catch {
    return null;
  }
}

function objects(value: unknown): Fields[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item): item is Fields => typeof item === 'object' && item !== null);
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}
