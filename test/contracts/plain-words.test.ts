import { pageQuery } from '../../src/contracts/parameters.js';
import { NewBuild } from '../../src/contracts/new-build.js';
import { NewProject } from '../../src/contracts/projects.js';
import { validate } from '../../src/api/validate.js';
import { KilnError } from '../../src/domain/errors.js';
import { parseBuildFile } from '../../src/adapters/build-file/parse-build-file.js';

const inline = { source: { kind: 'inline' } };

function fieldsOf(refused: () => unknown): readonly { field: string; message: string }[] {
  try {
    refused();
  } catch (error) {
    if (error instanceof KilnError) return error.fields;
  }
  return [];
}

describe('a body that is refused', () => {
  test.each([
    [[], 'body', 'expected fields with values (an object), not a list'],
    [null, 'body', 'expected fields with values (an object), not null'],
    [{}, 'source', 'is missing; expected fields with values (an object)'],
    [{ source: { kind: 'nosuch' } }, 'source.kind', 'expected one of upload, inline, git'],
    [{ source: { kind: 'upload' } }, 'source.upload_id', 'is missing; expected a text'],
    [{ source: { kind: 'upload', upload_id: 'x' } }, 'source.upload_id', 'expected an id (a UUID)'],
    [{ ...inline, priority: 1000 }, 'priority', 'expected at most 100'],
    [{ ...inline, priority: 'high' }, 'priority', 'expected a number, not a text'],
    [{ ...inline, destinations: 'a' }, 'destinations', 'expected a list, as in [a, b], not a text'],
    [
      { ...inline, options: { build_args: { A: 1 } } },
      'options.build_args.A',
      'expected a text, not a number',
    ],
    [
      { ...inline, options: { cache_enabled: 'no' } },
      'options.cache_enabled',
      'expected true or false, not a text',
    ],
    [{ ...inline, options: { dockerfile_inline: '' } }, 'options.dockerfile_inline', 'may not be empty'],
    [{ ...inline, build_file: {} }, 'build_file.name', 'is missing; expected a text'],
    [{ ...inline, build_file: 3 }, 'build_file', 'expected fields with values (an object), not a number'],
  ])('names the field and what to write: %j', (body, field, message) => {
    expect(fieldsOf(() => validate(NewBuild, body, 'body'))).toContainEqual({ field, message });
  });

  test('keeps the words that a schema has of its own', () => {
    expect(fieldsOf(() => validate(NewProject, { slug: 'A B', x: 1 }, 'body'))).toEqual([
      { field: 'slug', message: 'expected lower-case letters, digits and single hyphens' },
      { field: 'x', message: 'unknown field' },
    ]);
  });

  test.each(['0', 'x', '', '101', '1.5'])('says how long a page may be: limit=%s', (limit) => {
    expect(fieldsOf(() => validate(pageQuery, { limit }, 'query'))).toContainEqual({
      field: 'limit',
      message: 'expected a whole number from 1 to 100',
    });
  });
});

describe('a build file that is refused', () => {
  test.each([
    ['cache: 3', 8, 'cache: expected fields with values (an object), not a number'],
    ['args: {A: [1]}', 11, 'args.A: expected a text, not a list'],
    ['args: [a]', 7, 'args: expected fields with values (an object), not a list'],
    ['secrets: [3]', 11, 'secrets.0: expected a text or fields with values (an object), not a number'],
    ['secrets: [{id: a, name: 3}]', 25, 'secrets.0.name: expected a text, not a number'],
    ['platforms: linux/amd64', 12, 'platforms: expected a list, as in [a, b], not a text'],
    ['timeout: soon', 10, 'timeout: Write seconds, or a number with s, m, h or d: 90s, 15m, 2h, 1d.'],
  ])('tells one thing, where it is and what to write: %s', (line, column, message) => {
    expect(fieldsOf(() => parseBuildFile(`version: 1\n${line}\n`, 'kiln.yaml'))).toEqual([
      { field: `line 2, column ${column}`, message },
    ]);
  });
});
