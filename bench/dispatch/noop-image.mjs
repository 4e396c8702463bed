/**
 * An image of one file that lies in the staging repository of every project that asks for it. Gives the function that does, which reads the
 * image back as a supervisor would.
 */
export async function pushNoopImage(site) {
  const { pushTinyImage } = await import('../../dist/src/engines/stub/tiny-image.js');
  const { createImageRegistry } = await import('../../dist/src/adapters/registry/image-registry.js');
  const registry = createImageRegistry({ transport: await site.transport(), credentials: async () => null });
  const images = new Map();
  const push = async (repository) => {
    const digest = await pushTinyImage({ scheme: 'http', repository, tag: 'noop', buildId: 'noop' });
    return registry.inspect(repository, digest);
  };
  return (repository) => {
    if (!images.has(repository)) images.set(repository, push(repository));
    return images.get(repository);
  };
}
