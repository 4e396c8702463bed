import { runCommand } from '../programs/run-command.js';

/**
 * Removes a bridge that BuildKit made, with the firewall rules that name it. A killed BuildKit leaves both, an orderly
 * stop leaves the rules. Does nothing where there is none.
 */
export async function removeBridge(name: string): Promise<void> {
  await runCommand('ip', ['link', 'delete', name], { timeoutMs: 10_000 });
  const { code, output } = await runCommand('iptables', ['-S'], { timeoutMs: 10_000 });
  if (code !== 0) return;
  for (const rule of rulesNaming(name, output))
    await runCommand('iptables', ['-D', ...rule], { timeoutMs: 10_000 });
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
