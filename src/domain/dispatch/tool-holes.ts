/** A known hole in a program that build hosts use. */
export interface ToolHole {
  readonly tool: string;
  /** The name by which an operator takes it for mended. */
  readonly id: string;
  readonly what: string;
  /** The first version without it, of each line that got it mended; the last one also stands for all that is newer. */
  readonly mendedIn: readonly string[];
  /** Where it is written. */
  readonly source: string;
}

/** Holes by which a build can leave its walls. Short on purpose: what a build cannot use does no harm here. */
export const TOOL_HOLES: readonly ToolHole[] = [
  {
    tool: 'runc',
    id: 'CVE-2024-21626',
    what: 'a working directory leads out of the container',
    mendedIn: ['1.1.12'],
    source: 'https://github.com/opencontainers/runc/security/advisories/GHSA-xr7r-f8xq-vfvv',
  },
  {
    tool: 'runc',
    id: 'CVE-2025-31133',
    what: 'masked paths can be swapped for files of the host',
    mendedIn: ['1.2.8', '1.3.3', '1.4.0'],
    source: 'https://github.com/opencontainers/runc/security/advisories/GHSA-9493-h29p-rfm2',
  },
  {
    tool: 'buildctl',
    id: 'CVE-2024-23652',
    what: 'RUN --mount removes files of the host',
    mendedIn: ['0.12.5'],
    source: 'https://github.com/moby/buildkit/security/advisories/GHSA-4v98-7qmw-rqr8',
  },
  {
    tool: 'buildctl',
    id: 'CVE-2026-33747',
    what: 'a frontend writes files outside of its folder',
    mendedIn: ['0.28.1'],
    source: 'https://github.com/moby/buildkit/security/advisories/GHSA-4c29-8rgm-jvjj',
  },
];

/**
 * The holes of these versions, without those that the operator takes for mended. A version with the mark of a distribution
 * (`1.1.5+ds1`) is left alone: its number does not tell what was mended in it. A release candidate comes before its version.
 */
export function holesOf(
  versions: Readonly<Record<string, string>>,
  accepted: readonly string[] = [],
): ToolHole[] {
  return TOOL_HOLES.filter(({ tool, id, mendedIn }) => {
    const version = versions[tool];
    return version !== undefined && !accepted.includes(id) && !isMended(version, mendedIn);
  });
}

function isMended(version: string, mendedIn: readonly string[]): boolean {
  const found = /^v?(\d+)\.(\d+)\.(\d+)(-.+)?$/.exec(version);
  if (found === null) return true;
  const parts = found.slice(1, 4).map(Number);
  const isBefore = found[4] !== undefined;
  const lines = mendedIn.map((first) => first.split('.').map(Number));
  const own = lines.find(([major, minor]) => major === parts[0] && minor === parts[1]);
  const order = compare(parts, own ?? lines.at(-1) ?? []);
  return isBefore ? order > 0 : order >= 0;
}

function compare(left: readonly number[], right: readonly number[]): number {
  const at = left.findIndex((part, index) => part !== right[index]);
  return at === -1 ? 0 : (left[at] ?? 0) - (right[at] ?? 0);
}
