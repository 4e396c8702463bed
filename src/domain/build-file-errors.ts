/** Rows of the error table for what a build file and the defaults of a project may say. */
export const BUILD_FILE_ERRORS = {
  build_file_missing: {
    status: 422,
    retryable: false,
    text: 'The build file is not in the source.',
    fix: 'Add it, or name its path with --build-file.',
  },
  build_file_invalid: {
    status: 422,
    retryable: false,
    text: 'The build file has an error.',
    fix: 'Correct the named line; editors check the file against /schemas/kiln.json.',
  },
  method_not_offered: {
    status: 422,
    retryable: false,
    text: 'The build method is not offered here.',
    fix: 'Choose another one with --method, or correct the build file.',
  },
  destination_not_allowed: {
    status: 422,
    retryable: false,
    text: 'A build file may name only repositories of its project.',
    fix: 'Remove it from the build file, name it in the request (--destination; for a cache --cache-to or --cache-repo), or give it to the project: kiln projects set PROJECT --destination REPOSITORY.',
  },
} as const;
