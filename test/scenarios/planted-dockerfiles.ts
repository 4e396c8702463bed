/** Prints a secret in every way that people print one, and in two pieces. */
export const printing = (base: string, end: string): string =>
  [
    `FROM ${base}`,
    `ARG NOTE`,
    `ENV NOTE=$NOTE`,
    'RUN --mount=type=secret,id=token --mount=type=secret,id=key \\',
    '  cat /run/secrets/token; echo; cat /run/secrets/key; echo; base64 /run/secrets/key; base64 /run/secrets/token; \\',
    '  base64 -w 0 /run/secrets/key; echo; printf "user:%s" "$(cat /run/secrets/token)" | base64 -w 0; echo; \\',
    '  hexdump -v -e \'1/1 "%02x"\' /run/secrets/token; echo; \\',
    '  dd if=/run/secrets/token bs=1 count=20 2>/dev/null; sleep 1; dd if=/run/secrets/token bs=1 skip=20 2>/dev/null; echo; \\',
    '  set -x; echo "$(cat /run/secrets/token)" >&2; set +x; \\',
    `  echo "$NOTE"; ${end}`,
  ].join('\n');

/** Installs a package for Node.js, as npm does. */
export const aPackage = (folder: string, name: string, homepage: string, license = 'MIT'): string[] => [
  `RUN --mount=type=secret,id=labelled mkdir -p ${folder} && printf '{"name":"%s","version":"4.17.15","homepage":"%s","license":"%s"}' "${name}" "${homepage}" "${license}" > ${folder}/package.json`,
];
