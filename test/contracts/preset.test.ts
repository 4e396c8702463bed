import { NewBuild } from '../../src/contracts/new-build.js';
import { BuildPreset, newBuildOf } from '../../src/contracts/preset.js';

const source = { url: 'https://git.example.com/team/app.git', ref: 'refs/heads/main' };
const values = { ref: 'refs/heads/main', branch: 'main', tag: null, sha: 'b'.repeat(40), number: null };

describe('a preset', () => {
  it('becomes a request for a build', () => {
    const preset = BuildPreset.parse({
      method: 'buildx',
      options: { build_args: { COMMIT: '${sha}' }, target_stage: 'web' },
      destinations: ['registry.example.com/team/app:${branch}', 'registry.example.com/team/app:pr-${number}'],
      priority: 5,
      source: { folder: 'web', submodules: true },
    });
    const made = newBuildOf(preset, source, values);
    expect(NewBuild.parse('build' in made && made.build)).toMatchObject({
      method: 'buildx',
      options: { build_args: { COMMIT: 'b'.repeat(40) }, target_stage: 'web' },
      destinations: ['registry.example.com/team/app:main'],
      priority: 5,
      source: { kind: 'git', url: source.url, ref: 'refs/heads/main', folder: 'web', submodules: true },
    });
  });

  it.each([
    [{}],
    [{ destinations: ['registry.example.com/app:pr-${number}'] }],
    [{ options: { build_args: { N: '${number:-none}' } } }],
    [{ method: 'paketo', options: { environment: { V: '${tag:-dev}' } } }],
  ])('%j is taken', (preset) => {
    expect(BuildPreset.safeParse(preset).error).toBeUndefined();
  });

  it.each<[object, string, RegExp]>([
    [{ method: 'nope' }, 'method', /no such build method/],
    [{ options: { build_args: { V: '${date}' } } }, 'options.build_args.V', /There is no \$\{date\}/],
    [{ destinations: ['app:${date}'] }, 'destinations.0', /There is no/],
    [{ method: 'buildx', options: { nothing: 1 } }, 'options', /nothing/],
    [{ method: 'buildx', options: { target_stage: '-${branch}' } }, 'options.target_stage', /stage is named/],
    [
      { destinations: ['registry.example.com/app'] },
      'destinations',
      /registry.example.com\/app: expected a tag/,
    ],
    [{ timeout_seconds: 1 }, 'timeout_seconds', /10 seconds/],
    [{ branch: 'main' }, '', /branch/],
    [{ options: { build_args: { N: '${number}' } } }, '', /names the pull request|\$\{number\}/],
    [{ options: { x: deep(20) } }, 'options.x', /levels deep/],
    [{ options: { build_args: { V: 'x'.repeat(70_000) } } }, 'options', /characters at most/],
  ])('%j is refused at %s', (preset, path, message) => {
    const issues = BuildPreset.safeParse(preset).error?.issues ?? [];
    expect(issues.map((issue) => [issue.path.join('.'), issue.message])).toContainEqual([
      path,
      expect.stringMatching(message),
    ]);
  });
});

function deep(levels: number): unknown {
  return levels === 0 ? 'end' : [deep(levels - 1)];
}
