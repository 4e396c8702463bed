/** The public image that the example's Dockerfile names. */
export const PUBLIC_BASE_IMAGE = 'docker.io/library/busybox:1.37';

const TOKEN_URL =
  'https://auth.docker.io/token?service=registry.docker.io&scope=repository:library/busybox:pull';
const MANIFEST_URL = 'https://registry-1.docker.io/v2/library/busybox/manifests/1.37';

/** Tells whether the public base image can be had: its manifest is asked for, with a time limit for the whole. */
export async function isPublicBaseImageServed(timeoutMs: number): Promise<boolean> {
  const signal = AbortSignal.timeout(timeoutMs);
  try {
    const { token } = (await (await fetch(TOKEN_URL, { signal })).json()) as { token: string };
    const headers = { authorization: `Bearer ${token}`, accept: 'application/vnd.oci.image.index.v1+json' };
    const response = await fetch(MANIFEST_URL, { method: 'HEAD', headers, signal });
    return response.status === 200;
  } catch {
    return false;
  }
}
