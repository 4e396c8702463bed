import type { Command } from 'commander';
import path from 'node:path';
import type { Cli } from '../cli/cli.js';
import { print, printJson, styleOf } from '../cli/output.js';
import type { Style } from '../cli/terminal/style.js';
import { examineInstallation, type DoctorRow } from '../embedded/doctor.js';
import { defaultStateFolder } from '../embedded/state-folder.js';
import { addExamples } from '../cli/options.js';

const MARKS: Record<DoctorRow['status'], { readonly text: string; readonly tone: 'good' | 'warn' | 'bad' }> =
  {
    ok: { text: '✓', tone: 'good' },
    warn: { text: '!', tone: 'warn' },
    missing: { text: '✗', tone: 'bad' },
  };

/** `kiln doctor`: what was found, where, which version, what is missing and what to do. Changes nothing. */
export function define(command: Command, cli: Cli): void {
  addExamples(command, {
    'kiln doctor': 'look, and change nothing',
  });
  command
    .option('--state <dir>', 'folder of the state (default: .kiln, or KILN_STATE_DIR)')
    .option('--json', 'one line of JSON on stdout')
    .action(async (options: { state?: string; json?: boolean }) => {
      const stateFolder = path.resolve(cli.cwd, options.state ?? defaultStateFolder());
      const rows = await examineInstallation({ stateFolder });
      const isMissing = rows.some(({ status }) => status === 'missing');
      cli.exitCode = isMissing ? 1 : 0;
      if (options.json === true) {
        printJson(cli, { ok: !isMissing, checks: rows });
        return;
      }
      const style = styleOf(cli, cli.stdout);
      print(
        cli,
        rows.flatMap((row) => rowLines(row, style)),
      );
    });
}

function rowLines(row: DoctorRow, style: Style): string[] {
  const mark = MARKS[row.status];
  const where = [row.version, row.origin, row.path].filter((text) => text !== '').join('  ');
  return [
    `${style.tone[mark.tone](mark.text)} ${row.name.padEnd(14)} ${style.dim(where)}`.trimEnd(),
    ...(row.remedy === '' ? [] : [`    ${row.remedy}`]),
  ];
}
