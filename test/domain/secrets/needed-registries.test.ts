import { KilnError } from '../../../src/domain/errors.js';
import { namingOption, registriesOfOptions } from '../../../src/domain/secrets/needed-registries.js';

const options = {
  cache_from: ['a.example/cache:1', 'type=local,name=main'],
  cache_to: ['type=registry,ref=127.0.0.1:1/x:y'],
  builder: 'library/builder',
  dockerfile: 'b.example/no-image',
};

test('the registries of options come with the option that names each, caches of the host with none', () => {
  expect(registriesOfOptions(options)).toEqual([
    { option: 'cache_from', host: 'a.example' },
    { option: 'cache_to', host: '127.0.0.1:1' },
    { option: 'builder', host: 'docker.io' },
  ]);
});

test('a refused registry is told as that of the option which names it', () => {
  const refused = new KilnError('host_not_allowed', { message: 'It is closed.' });
  expect(namingOption(refused, '127.0.0.1:1', options)).toMatchObject({
    code: 'host_not_allowed',
    message: 'cache_to: It is closed.',
    fields: [{ field: 'options.cache_to', message: 'It is closed.' }],
  });
  expect(namingOption(refused, 'other.example', options)).toBe(refused);
  const other = new KilnError('unavailable');
  expect(namingOption(other, '127.0.0.1:1', options)).toBe(other);
});
