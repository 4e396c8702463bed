/** What the examples of all operations speak of: one project, one build of it, one context. */
export const PROJECT = 'app';
export const REPOSITORY = 'registry.example.com/team/app';
export const PROJECT_ID = '0199a6f0-0000-7000-8000-000000000001';
export const BUILD_ID = '0199a6f0-1111-7000-8000-000000000001';
export const RETRY_ID = '0199a6f0-1111-7000-8000-000000000002';
export const IMAGE_ID = '0199a6f0-2222-7000-8000-000000000001';
export const OTHER_IMAGE_ID = '0199a6f0-2222-7000-8000-000000000002';
export const PRUNE_ID = '0199a6f0-7777-7000-8000-000000000001';
export const BUILD_PRUNE_ID = '0199a6f0-7777-7000-8000-000000000002';
export const UPLOAD_ID = '0199a6f0-3333-7000-8000-000000000001';
export const SECRET_ID = '0199a6f0-4444-7000-8000-000000000001';
export const CREDENTIAL_ID = '0199a6f0-5555-7000-8000-000000000001';
export const WORKER_ID = '0199a6f0-8888-7000-8000-000000000001';
export const WEBHOOK_ID = '0199a6f0-9999-7000-8000-000000000001';
export const DELIVERY_ID = '0199a6f0-9999-7000-8000-000000000002';
export const TARGET_ID = '0199a6f0-aaaa-7000-8000-000000000001';
export const NOTIFICATION_ID = '0199a6f0-aaaa-7000-8000-000000000002';
export const MOVE_ID = '0199a6f0-bbbb-7000-8000-000000000001';
export const TENANT_ID = '0199a6f0-6666-7000-8000-000000000001';
export const COMMIT = '4f2a9c1d7be03586a1c94d2f6b8e07a35d1c9f20';
export const MANIFEST_DIGEST = 'sha256:8d3b6f0c52a94e17b8f1d06ea37c59e2f4408b91ca6d73e5902fb14d8c67a3e0';
export const BASE_IMAGE_DIGEST = 'sha256:5b7e90d3c1f28a4466d0e9b3f57c1a82e4d60937b8f51c2ae09d7463f18b25c7';
export const OTHER_MANIFEST_DIGEST =
  'sha256:27c4f1d08e95b36a1f7d20c8e64b9a53f0d1728be43c96a5d807f2b1c46e93a0';
export const BASE_LAYER_DIGEST = 'sha256:1f7c0d92e6b3485a9d20f6c81b4e73a5dc98027e4fb165a3089ce2d74b61f035';
export const OWN_LAYER_DIGEST = 'sha256:c05e8a21f94b7d36e1802f5ca6d93b74f07e18c2b95d4a6308f1c7e2d46b90a5';

/** Seconds after the acceptance of the example's build, as a timestamp. */
export function at(seconds: number): string {
  return new Date(Date.UTC(2026, 4, 4, 10) + seconds * 1000).toISOString();
}
