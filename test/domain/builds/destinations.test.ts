import { destinationsOf, refuseForeignPushes } from '../../../src/domain/builds/destinations.js';

const project = { destinations: [] as string[], imageRepository: 'localhost:5000/app' };

test('a build goes to the project repository with its number and latest', () => {
  expect(destinationsOf([], project, 7)).toEqual(['localhost:5000/app:7', 'localhost:5000/app:latest']);
});

test("the project's destinations take the place of its repository; one without a tag gets both tags", () => {
  const destinations = ['a.example:5000/app', 'b.example/app:stable', 'b.example/app:stable'];
  expect(destinationsOf([], { ...project, destinations }, 7)).toEqual([
    'a.example:5000/app:7',
    'a.example:5000/app:latest',
    'b.example/app:stable',
  ]);
});

test('what the request names wins', () => {
  const named = ['c.example/app:1', 'c.example/app:1'];
  expect(destinationsOf(named, { ...project, destinations: ['a.example/app'] }, 7)).toEqual([
    'c.example/app:1',
  ]);
});

test.each([
  ['pushes to', { destinations: ['other.example/app:1'] }],
  ['writes a cache (cache.to) to', { cache_to: ['localhost:5000/app:cache', 'other.example/app:1'] }],
  ['keeps its cache (cache.repo) in', { cache_repo: 'other.example/app:1' }],
])('a build file that %s a repository outside of its project is refused', (does, said) => {
  expect(() => refuseForeignPushes(said, project)).toThrow(`The build file ${does} other.example/app:1`);
});
