import { expect, test } from 'vitest';
import { maskImage, maskToldByImage } from '../../src/supervisor/outcome.js';
import { Masks } from '../../src/supervisor/masks.js';
import { anImage } from '../support/builds.js';

test('an argument in the history of an image, or of one of its platforms, is hidden, and the rest stays', () => {
  const image = anImage('a-history');
  const [layer] = image.layers;
  const told = { ...image, layers: [{ ...layer!, createdBy: 'RUN |1 NPM_TOKEN=tok-98765 /bin/sh -c make' }] };
  const masked = maskImage({ ...told, platformImages: [told] }, new Masks([Buffer.from('tok-98765')]));
  const hidden = { ...told, layers: [{ ...layer!, createdBy: 'RUN |1 NPM_TOKEN=*** /bin/sh -c make' }] };
  expect(masked).toEqual({ ...hidden, platformImages: [hidden] });
});

test('variables, entry point, command, folder and user are masked too', () => {
  const image = {
    ...anImage('settings'),
    entrypoint: ['sh', 'tok-98765'],
    cmd: ['tok-98765'],
    workingDir: '/tok-98765',
    user: 'tok-98765',
  };
  const masked = maskImage({ ...image, envVars: ['A=tok-98765'] }, new Masks([Buffer.from('tok-98765')]));
  expect(masked).toEqual({
    ...image,
    entrypoint: ['sh', '***'],
    cmd: ['***'],
    envVars: ['A=***'],
    workingDir: '/***',
    user: '***',
  });
});

test('what looks secret in the image itself is hidden in it, whoever has built it', () => {
  const image = anImage('told');
  const [base, own] = image.layers;
  const lines = [
    'RUN |1 NPM_TOKEN=tok-98765 /bin/sh -c npm ci # buildkit',
    'RUN echo tok-98765 pw-98765 blue-98765 # buildkit',
  ];
  const told = {
    ...image,
    envVars: ['PATH=/bin', 'DATABASE_URL=postgres://kiln:pw-98765@db/app', 'COLOUR=blue-98765'],
    layers: [
      { ...base!, createdBy: lines[0]! },
      { ...own!, createdBy: lines[1]! },
    ],
  };
  const masked = maskToldByImage({ ...told, layers: [], envVars: [], platformImages: [told] });
  expect(masked.platformImages?.[0]).toEqual({
    ...told,
    envVars: ['PATH=/bin', 'DATABASE_URL=postgres://kiln:***@db/app', 'COLOUR=blue-98765'],
    layers: [
      { ...base!, createdBy: 'RUN |1 NPM_TOKEN=*** /bin/sh -c npm ci # buildkit' },
      { ...own!, createdBy: 'RUN echo *** *** blue-98765 # buildkit' },
    ],
  });
});
