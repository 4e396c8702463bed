import { approveBuild, rejectBuild } from '../contracts/gate-operations.js';
import { findBuild } from './build-reference.js';
import type { Cli } from './cli.js';
import { connect } from './connect.js';
import { EXIT } from './exit-codes.js';
import { judgeBody } from './judge-body.js';
import type { ConnectionOptions } from './options.js';
import { print, printJson } from './output.js';
import { decisionText } from './progress/held-build.js';

export interface DecideOptions extends ConnectionOptions {
  readonly why?: string;
}

/** `kiln approve` and `kiln reject`: writes the decision and tells whose it is. Gives the exit code. */
export async function runDecision(
  cli: Cli,
  decision: 'approve' | 'reject',
  reference: string,
  options: DecideOptions,
): Promise<number> {
  const operation = decision === 'approve' ? approveBuild : rejectBuild;
  const body = options.why === undefined ? {} : { why: options.why };
  judgeBody(operation.body, body, { why: '--why' });
  const client = connect(cli, options);
  const found = await findBuild(client, reference);
  const params = { build: found.id };
  const build =
    decision === 'approve'
      ? await client.call(approveBuild, { params, body })
      : await client.call(rejectBuild, { params, body: { why: options.why ?? '' } });
  if (options.why !== undefined && build.gate?.why !== options.why.trim())
    cli.stderr.write(
      'It was decided before: the first decision stays, and the reason given now is not kept.\n',
    );
  if (options.json === true) printJson(cli, build);
  else print(cli, [`${build.project}#${build.build_number} is ${decisionText(build)}`]);
  return EXIT.success;
}
