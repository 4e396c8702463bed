/** Rules of this code base that no linter ships. The rule format is ESLint's, which oxlint loads as a plugin. */

const report = (context, message) => (node) => context.report({ node, message });

/** Programs are started with an argv array (execa): a shell string is an injection waiting for a name with a quote in it. */
const noShell = {
  create(context) {
    return {
      'CallExpression[callee.name=/^exec(Sync)?$/]': report(
        context,
        'A shell string is never run: use execa with an argv array.',
      ),
      "Property[key.name='shell']": report(context, 'No shell: use an argv array.'),
    };
  },
};

/** An error without a code tells neither the workflow nor the person what to do. */
const errorsFromTheTable = {
  create(context) {
    return {
      "NewExpression[callee.name='Error']": report(
        context,
        'Throw a KilnError with a code from src/domain/errors.ts.',
      ),
    };
  },
};

export default {
  meta: { name: 'kiln' },
  rules: { 'no-shell': noShell, 'errors-from-the-table': errorsFromTheTable },
};
