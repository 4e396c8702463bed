import { runCommand } from '../programs/run-command.js';

/**
 * Removes the bridge of RUN steps, with the firewall rules that name it. A killed BuildKit leaves both, an orderly
 * stop leaves the rules. Does nothing where there is none.
 */
export async function removeBridge(name: string): Promise<void> {
  await runCommand('ip', ['link', 'delete', name], { timeoutMs: 10_000 });
  for (const tool of ['iptables', 'ip6tables']) {
    for (const table of ['filter', 'mangle']) {
      const place = ['-w', '10', '-t', table];
      const { code, output } = await runCommand(tool, [...place, '-S'], { timeoutMs: 15_000 });
      if (code !== 0) continue;
      for (const rule of rulesNaming(name, output))
        await runCommand(tool, [...place, '-D', ...rule], { timeoutMs: 15_000 });
    }
  }
}

/** The rules in the output of `iptables -S` that name an interface, as the arguments that follow `-A`. */
export function rulesNaming(name: string, listing: string): string[][] {
  return listing
    .split('\n')
    .filter((line) => line.startsWith('-A '))
    .map(splitQuoted)
    .filter((words) => words.includes(name))
    .map((words) => words.slice(1));
}

function splitQuoted(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '',
  );
}
