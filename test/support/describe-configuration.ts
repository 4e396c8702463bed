import { COMMAND_LINE_VARIABLES } from '../../src/config/command-line-variables.js';
import { PROCESS_VARIABLES, SECRET_VARIABLES } from '../../src/config/variables.js';

interface Row {
  readonly name: string;
  readonly readers: string[];
  readonly defaults: Set<string>;
  readonly texts: Set<string>;
}

/** The table of every variable as Markdown, made from the schemas that read them. */
export function describeConfiguration(): string {
  const rows = new Map<string, Row>();
  for (const [reader, shape] of Object.entries(PROCESS_VARIABLES)) {
    for (const [name, schema] of Object.entries(shape)) {
      const row = rows.get(name) ?? { name, readers: [], defaults: new Set(), texts: new Set() };
      rows.set(name, row);
      row.readers.push(reader);
      row.texts.add(schema.description ?? '');
      const absent = schema.safeParse(undefined);
      row.defaults.add(absent.success ? describeDefault(absent.data) : '**required**');
    }
  }
  const processRows = [...rows.values()].sort((a, b) => (a.name < b.name ? -1 : 1)).map(line);
  const commandRows = Object.entries(COMMAND_LINE_VARIABLES).map(
    ([name, description]) => `| \`${name}\` | ${description} |`,
  );
  return [
    '# Configuration',
    '',
    'Made from `src/config` by `UPDATE_GOLDENS=1 npm test -- test/config`; do not edit.',
    '',
    'Every process of Kiln reads its environment and, beneath it, the file that `KILN_CONFIG_FILE` names: lines of `NAME=value` as',
    "systemd's `EnvironmentFile=` and compose's `env_file:` read them. The environment wins. A variable that is empty counts as absent.",
    'Instead of a secret `NAME` give `NAME_FILE`, the path of a file that holds the value, wherever others could read the environment.',
    '',
    'Proxies come from `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in capitals or small letters. `NO_PROXY` lists hosts (with their sub-domains),',
    '`.domains`, addresses and networks. Loopback addresses are always reached directly.',
    '',
    '## Processes',
    '',
    'Read by `setup` are those of `kiln setup`, by `upkeep` those of `kiln backup`, `kiln restore` and `kiln verify`.',
    '',
    '| variable | read by | default | what it is |',
    '| --- | --- | --- | --- |',
    ...processRows,
    '',
    '## Commands and programs',
    '',
    '| variable | what it is |',
    '| --- | --- |',
    ...commandRows,
    '',
  ].join('\n');
}

/** The name of every variable, _FILE forms of secrets among them. */
export function knownVariables(): ReadonlySet<string> {
  return new Set([
    ...Object.values(PROCESS_VARIABLES).flatMap((shape) => Object.keys(shape)),
    ...Object.keys(COMMAND_LINE_VARIABLES),
    ...SECRET_VARIABLES.map((name) => `${name}_FILE`),
  ]);
}

function line({ name, readers, defaults, texts }: Row): string {
  const mark = SECRET_VARIABLES.includes(name) ? ' (secret)' : '';
  const text = [...texts].join(' ').replaceAll('|', '\\|');
  return `| \`${name}\`${mark} | ${readers.join(', ')} | ${[...defaults].join(' or ')} | ${text} |`;
}

function describeDefault(value: unknown): string {
  const text = Array.isArray(value) ? value.join(',') : value === undefined ? '' : JSON.stringify(value);
  return text === '' ? '' : `\`${text.replaceAll('"', '')}\``;
}
