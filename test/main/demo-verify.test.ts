import { demandSbom } from '../../src/main/demo-verify.js';
import { NO_SYFT } from '../../src/main/no-syft.js';

const absent = { name: 'sbom', state: 'absent', text: 'none lies beside the image' } as const;

describe('the demo that verifies', () => {
  it('fails for a bill of materials that is absent, and says why', () => {
    expect(demandSbom([absent], { failure_reason: 'syft ended with 1' })).toEqual([
      { name: 'sbom', state: 'fails', text: 'syft ended with 1' },
    ]);
    expect(demandSbom([absent], { failure_reason: null })).toEqual([{ ...absent, state: 'fails' }]);
  });

  it('fails for what is not ready by the end of its patience', () => {
    const checks = [{ name: 'signature', state: 'pending', text: 'x' }] as const;
    expect(demandSbom([...checks], { failure_reason: null })[0]?.state).toBe('fails');
  });

  it('has no bill of materials where there is no syft, and says so', () => {
    expect(demandSbom([absent], { failure_reason: NO_SYFT })).toEqual([{ ...absent, text: NO_SYFT }]);
  });
});
