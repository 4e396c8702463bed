import { checkMachine } from './doctor/machine-checks.js';
import { checkRunner } from './doctor/runner.js';
import { checkSourceTools } from './doctor/source-tools.js';
import { inspectPrograms, type ProgramOptions, type ProgramReport } from './programs.js';

/** One line of `kiln doctor`. `remedy` is empty when there is nothing to do. */
export interface DoctorRow {
  readonly name: string;
  /** `warn` works with limits or will be installed at the first start; `missing` keeps Kiln from starting. */
  readonly status: 'ok' | 'warn' | 'missing';
  readonly version: string;
  readonly origin: string;
  readonly path: string;
  readonly remedy: string;
}

/** Looks at the external programs and at the machine. Installs and changes nothing. */
export async function examineInstallation(
  options: ProgramOptions & {
    readonly stateFolder: string;
    readonly gitPath?: string;
    readonly sshPath?: string;
  },
): Promise<DoctorRow[]> {
  const git = options.gitPath ?? process.env['KILN_GIT_PATH'] ?? 'git';
  const ssh = options.sshPath ?? process.env['KILN_SSH_PATH'] ?? 'ssh';
  const [programs, machine, runner, tools] = await Promise.all([
    inspectPrograms(options),
    checkMachine(options.stateFolder),
    checkRunner(process.env),
    checkSourceTools({ git, ssh }),
  ]);
  const useless = process.getuid?.() === 0 ? ['rootlesskit'] : ['cni', 'buildah', 'lifecycle'];
  return [
    ...programs.filter(({ program }) => !useless.includes(program)).map(programRow),
    ...machine,
    runner,
    ...tools,
  ];
}

function programRow(report: ProgramReport): DoctorRow {
  const { found, tried } = report;
  if (found !== undefined) return { name: report.program, status: 'ok', ...found, remedy: '' };
  const isInstallable = report.installs !== '' && !report.isConfigured;
  const plan = isInstallable
    ? [`Nothing: the first start installs it with ${report.installs}. Otherwise:`]
    : [];
  const remedy = [...tried.map((line) => `${line}.`), ...plan, report.remedy].join(' ');
  return {
    name: report.program,
    status: isInstallable || (report.isOptional && !report.isConfigured) ? 'warn' : 'missing',
    version: '',
    origin: '',
    path: '',
    remedy,
  };
}
