/** How operations on what is signed are called. */
export const PROVENANCE_EXAMPLES = {
  verifyImage: {
    path: '/v1/verification?image=registry.example.com/team/app:3',
    ok: 200,
    missing: '/v1/verification?image=registry.example.com/team/other:3',
    bad: { path: '/v1/verification?image=NOT%20OK' },
  },
  listSigningKeys: { path: '/v1/signing-keys', ok: 200 },
};
