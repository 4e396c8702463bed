type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Why apt may not be used, in words that say what to do; undefined when it may. An ordinary user is asked first, with a setting;
 * root is taken to mean it.
 */
export function refusalOfApt(
  environment: Environment = process.env,
  userId: number | undefined = process.getuid?.(),
): string | undefined {
  if (userId === 0 || environment['KILN_ALLOW_APT'] === '1') return undefined;
  return 'apt is used only as root or with consent: set KILN_ALLOW_APT=1 to let Kiln download Debian packages (it unpacks them into its own cache and installs nothing on the machine)';
}
