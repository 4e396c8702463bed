import type { Cli } from '../cli/cli.js';

/** The browser of the person at this machine; null where no window can open. */
export function browserOf(env: Cli['env'], platform: NodeJS.Platform): Cli['browser'] {
  const hasDisplay =
    platform === 'linux'
      ? Boolean(env['DISPLAY'] || env['WAYLAND_DISPLAY'] || env['WSL_DISTRO_NAME'])
      : env['SSH_CONNECTION'] === undefined;
  if (!hasDisplay) return null;
  return async (url) => {
    const { default: open } = await import('open');
    await open(url);
  };
}
