/** Rows of the error table for stored secrets and the keyring that opens them. */
export const SECRET_ERRORS = {
  secret_missing: {
    status: 422,
    retryable: false,
    text: 'A secret that the build names is not stored.',
    fix: 'Store it with `kiln secrets set NAME`, for the project or for all.',
  },
  secret_not_allowed: {
    status: 403,
    retryable: false,
    text: 'A build file names a secret that is stored for all projects.',
    fix: 'Store it for the project (`kiln secrets set NAME --project PROJECT`), or name it in the defaults of the project too. `kiln build --secret` names it as well, but not for paketo, whose bindings stand in the build file or the defaults.',
  },
  ssh_key_unusable: {
    status: 422,
    retryable: false,
    text: 'A secret that the build offers to SSH is no private key that can be used.',
    fix: 'Store a private key without a passphrase: `ssh-keygen -p -N "" -f COPY` takes it from a copy, `kiln secrets set NAME --from-file COPY` stores that.',
  },
  secret_unreadable: {
    status: 500,
    retryable: false,
    text: 'A stored value cannot be opened.',
    fix: 'Put the key that `kiln keys show` misses back into the keyring (KILN_KEYRING_FILE), or store the value anew.',
  },
  keyring_missing: {
    status: 503,
    retryable: false,
    text: 'This installation keeps no secrets: it has no keyring.',
    fix: 'Set KILN_KEYRING_FILE for api and controller; `kiln up` does so by itself.',
  },
  keyring_behind: {
    status: 409,
    retryable: true,
    text: 'A process has not loaded the current key yet.',
    fix: 'Give the named processes the new keyring and restart them (under systemd: systemctl restart kiln-api kiln-controller), then run `kiln keys rotate --continue`, with --retire to remove old keys.',
  },
} as const;
