import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Project } from '../contracts/projects.js';
import { GATE_KINDS, type GateChange, type GateKind } from '../domain/gates/gate-policy.js';
import { GATE_SEVERITIES, type GateSeverity } from '../domain/scans/severity.js';
import { formatBytes } from '../domain/format-bytes.js';
import { formatQuantity, parseQuantity } from '../domain/limits/limit-units.js';
import { usageFailure } from './failure.js';
import { seconds } from './options.js';

export interface GateOptions {
  readonly gate?: GateKind | 'off';
  readonly gateExpiry?: number;
  readonly gateByOther?: boolean;
  readonly gateMaxSize?: number | 'none';
  readonly gateMaxGrowth?: number | 'none';
  readonly gateRefuseRoot?: boolean;
  readonly gateFailOn?: GateSeverity | 'none';
  readonly gateHoldOn?: GateSeverity | 'none';
}

/** By which flag each field of a gate came, for refusals. */
export const GATE_FLAGS = {
  'gate.kind': '--gate',
  'gate.expiry_seconds': '--gate-expiry',
  'gate.max_compressed_bytes': '--gate-max-size',
  'gate.max_growth_percent': '--gate-max-growth',
} as const;

/** Adds what `kiln projects set` says of the gate. */
export function addGateOptions(command: Command): void {
  command
    .addOption(
      new Option(
        '--gate <kind>',
        'hold every image before it is published (approval), those in which something is found (inspection), or none (off)',
      ).choices([...GATE_KINDS, 'off']),
    )
    .option('--gate-expiry <time>', 'how long a held build waits for a decision, such as 24h', seconds)
    .option('--gate-by-other', 'the token that started a build may not approve it')
    .option('--no-gate-by-other', 'any token may')
    .option('--gate-max-size <size>', 'find images that are larger, compressed, or none', bytesOrNone)
    .option(
      '--gate-max-growth <percent>',
      'find images that have grown more over what the tag serves now, or none',
      percentOrNone,
    )
    .option('--gate-refuse-root', 'find images that run as root')
    .option('--no-gate-refuse-root', 'let them be')
    .addOption(
      new Option(
        '--gate-fail-on <severity>',
        'end builds in whose image a scan finds a vulnerability that is so bad or worse',
      ).choices([...GATE_SEVERITIES, 'none']),
    )
    .addOption(
      new Option('--gate-hold-on <severity>', 'find such images instead, for a person to decide').choices([
        ...GATE_SEVERITIES,
        'none',
      ]),
    );
}

/** What the options change of the gate; undefined for nothing, null for no gate. */
export function gateChange(options: GateOptions): GateChange | null | undefined {
  const { gate: kind } = options;
  const change = {
    expiry_seconds: options.gateExpiry,
    by_other: options.gateByOther,
    max_compressed_bytes: options.gateMaxSize === 'none' ? null : options.gateMaxSize,
    max_growth_percent: options.gateMaxGrowth === 'none' ? null : options.gateMaxGrowth,
    refuse_root: options.gateRefuseRoot,
    fail_on_severity: options.gateFailOn === 'none' ? null : options.gateFailOn,
    hold_on_severity: options.gateHoldOn === 'none' ? null : options.gateHoldOn,
  };
  const named = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
  const isNamed = Object.keys(named).length > 0;
  if (kind === 'off') {
    if (isNamed) throw usageFailure('--gate off goes with no other --gate option.', 'Leave the others out.');
    return null;
  }
  if (kind === undefined) return isNamed ? named : undefined;
  return { kind, ...named };
}

/** The gate of a project in words; nothing for none. */
export function gateLines({ gate }: Project): string[] {
  if (gate == null) return [];
  const rules = [
    gate.max_compressed_bytes === null ? null : `more than ${formatBytes(gate.max_compressed_bytes)}`,
    gate.max_growth_percent === null ? null : `grown by more than ${gate.max_growth_percent} %`,
    gate.refuse_root ? 'run by root' : null,
    gate.hold_on_severity === null ? null : `with a vulnerability that is ${gate.hold_on_severity} or worse`,
  ].filter((rule) => rule !== null);
  const found = rules.length === 0 ? '' : ` (${rules.join(', ')})`;
  const what =
    gate.kind === 'approval' ? 'every image is held' : 'images in which something is found are held';
  const who = gate.by_other ? 'any token but the one that started the build' : 'any token';
  const failed =
    gate.fail_on_severity === null
      ? []
      : [`  builds fail whose image has a vulnerability that is ${gate.fail_on_severity} or worse`];
  return [
    ...failed,
    `  ${what}${found} until ${who} approves them, for ${formatQuantity('seconds', gate.expiry_seconds)} at most`,
  ];
}

function bytesOrNone(text: string): number | 'none' {
  if (text === 'none') return text;
  const parsed = parseQuantity('bytes', text);
  if ('value' in parsed) return parsed.value;
  throw new InvalidArgumentError('Give bytes, a number with a unit such as 500MB or 2GiB, or none.');
}

function percentOrNone(text: string): number | 'none' {
  if (text === 'none') return text;
  const match = /^(\d+(?:\.\d+)?) ?%?$/.exec(text);
  if (match !== null) return Number(match[1]);
  throw new InvalidArgumentError('Give a number of percent, such as 20, or none.');
}
