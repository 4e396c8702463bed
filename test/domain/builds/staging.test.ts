import { splitDestination } from '../../../src/domain/builds/staging.js';

test.each([
  ['r.local/app:1.0', 'r.local/app', '1.0'],
  ['localhost:5000/team/app:latest', 'localhost:5000/team/app', 'latest'],
  ['localhost:5000/team/app', 'localhost:5000/team/app', 'latest'],
])('%s is %s with tag %s', (destination, repository, tag) => {
  expect(splitDestination(destination)).toEqual({ repository, tag });
});
