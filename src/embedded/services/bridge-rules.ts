/** A rule as the arguments that follow `-A`: the chain, then what it matches and does. */
type Rule = readonly string[];

/**
 * The rules of a bridge in a listing (`iptables -S`): those that name it as an interface or in the comment of the CNI plugins, and
 * those for the address of one of its members, which the listing of the table `nat` tells.
 */
export function rulesOf(bridge: string, listing: string, natListing: string): Rule[] {
  const addresses = readRules(natListing)
    .filter((rule) => isMarked(bridge, rule))
    .flatMap((rule) => (rule[1] === '-s' ? [rule[2]] : []));
  return readRules(listing).filter(
    (rule) =>
      rule.includes(bridge) ||
      isMarked(bridge, rule) ||
      (/^-[sd]$/.test(rule[1] ?? '') && addresses.includes(rule[2])),
  );
}

/** The chains in a listing that the CNI plugins made for one member of the bridge each. */
export function chainsOf(bridge: string, listing: string): string[] {
  const marked = readRules(listing).filter((rule) => isMarked(bridge, rule));
  return [...new Set(marked.flatMap((rule) => [rule[0], rule.at(-1)]))].filter(
    (name) => name !== undefined && /^CNI-[0-9a-f]+$/.test(name),
  ) as string[];
}

const SHARED_CHAINS = ['CNI-FORWARD', 'CNI-ADMIN', 'CNI-ISOLATION-STAGE-1', 'CNI-ISOLATION-STAGE-2'];

/**
 * The input of `iptables-restore --noflush` that removes the chains which the CNI plugins share, with the rules that lead there. Null
 * when there are none, or when one holds a rule of somebody. The plugins make them anew when they need them.
 */
export function removalOfIdleChains(listing: string): string | null {
  const lines = listing.split('\n');
  const chains = SHARED_CHAINS.filter((name) => lines.includes(`-N ${name}`));
  const inside = lines.filter((line) => SHARED_CHAINS.some((name) => line.startsWith(`-A ${name} `)));
  if (chains.length === 0 || !inside.every(isScaffold)) return null;
  const leading = lines.filter((line) => isScaffold(line) && !inside.includes(line));
  const rules = [...leading, ...inside].map((line) => line.replace(/^-A/, '-D'));
  return ['*filter', ...rules, ...chains.map((name) => `-X ${name}`), 'COMMIT', ''].join('\n');
}

// What the plugins put there for nobody in particular: the ways into the chains, and the ends of two.
function isScaffold(line: string): boolean {
  return /^-A \S+ -m comment --comment "CNI firewall plugin [^"]*" -j (?:CNI-\S+|RETURN)$/.test(line);
}

function isMarked(bridge: string, rule: Rule): boolean {
  return rule.some((word) => word.startsWith(`name: "${bridge}" id: `));
}

function readRules(listing: string): Rule[] {
  return listing
    .split('\n')
    .filter((line) => line.startsWith('-A '))
    .map((line) => splitQuoted(line).slice(1));
}

function splitQuoted(line: string): string[] {
  return [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(
    ([, quoted, plain]) => quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '',
  );
}
