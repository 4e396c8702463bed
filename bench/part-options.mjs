import { parseArgs } from 'node:util';

/** `--json`, `--quick` and `--part` of a measurement that has these parts, all of which are asked for where none is named. */
export function partOptions(args, parts) {
  const { values: options } = parseArgs({
    args,
    options: {
      json: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      part: { type: 'string', multiple: true, default: parts },
    },
  });
  const unknown = options.part.find((part) => !parts.includes(part));
  if (unknown === undefined) return options;
  const problem = new Error(`--part ${unknown}: there are ${parts.join(', ')}.`);
  throw Object.assign(problem, { code: 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE' });
}
