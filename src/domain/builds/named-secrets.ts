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
