import { listWeights, MOST_WEIGHT, setWeight, type Weights } from '../contracts/weights.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { usageFailure } from './failure.js';
import type { ConnectionOptions } from './options.js';
import { print, printJson, styleOf } from './output.js';
import { tableLines } from './terminal/table.js';

/** `kiln limits weights`: gives tenants the weights that are named, then shows those of all. Gives the exit code. */
export async function runWeights(
  cli: Cli,
  assignments: readonly string[],
  options: ConnectionOptions,
): Promise<number> {
  const wanted = assignments.map(parse);
  const client = connect(cli, options);
  let weights: Weights | null = null;
  for (const { tenant, weight } of wanted)
    weights = await client.call(setWeight, { params: { tenant }, body: { weight } });
  weights ??= await client.call(listWeights, {});
  if (options.json === true) printJson(cli, weights);
  else {
    const rows = weights.items.map(({ tenant, weight }) => [tenant, String(weight)]);
    const [head = '', ...lines] = tableLines([['TENANT', 'WEIGHT'], ...rows], Infinity);
    print(cli, [styleOf(cli, cli.stdout).dim(head), ...lines]);
  }
  return EXIT.success;
}

function parse(assignment: string): { tenant: string; weight: number } {
  const [, tenant = '', digits = ''] = /^([^=]+)=(\d{1,4})$/.exec(assignment) ?? [];
  const weight = Number(digits);
  if (tenant !== '' && weight >= 1 && weight <= MOST_WEIGHT) return { tenant, weight };
  throw usageFailure(
    `${assignment}: expected TENANT=WEIGHT with a weight from 1 to ${MOST_WEIGHT}, such as team-b=3.`,
    '`kiln limits weights` shows the tenants with their weights.',
  );
}
