interface Named {
  readonly name: string;
}

/** The stored secrets that options or settings name: those that steps read (`secrets`), and the keys that are offered to SSH (`ssh`). */
export function namedSecrets(options: {
  readonly secrets?: readonly Named[] | undefined;
  readonly ssh?: readonly Named[] | undefined;
}): string[] {
  return [...(options.secrets ?? []), ...(options.ssh ?? [])].map(({ name }) => name);
}

/** Options of a build that gets no secrets, whoever names them: a step that can do without one finds none. */
export function leaveSecretsOut<Options extends object>(options: Options): Options {
  return Object.fromEntries(
    Object.entries(options).filter(([name]) => name !== 'secrets' && name !== 'ssh'),
  ) as Options;
}
