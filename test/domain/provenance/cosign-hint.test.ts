import { judge } from './a-judged-image.js';

test('an image of which cosign finds nothing holds, and says so', () => {
  const signature = judge({ isForCosign: false }).find(({ name }) => name === 'signature');
  expect(signature).toMatchObject({
    state: 'holds',
    text: expect.stringMatching(/cosign finds nothing of it: .*sha256-\w{12}….att/),
  });
});
