import type { ErrorRule } from './error-table.js';

/** The part of the table of errors that is about what builds keep. */
export const ARTIFACT_ERRORS = {
  artifact_unusable: {
    status: 422,
    retryable: false,
    text: 'What the build was to keep is not there, or cannot be kept.',
    fix: 'Name a file or folder that the stage leaves, with links that stay inside the folder and without devices: COPY what is wanted into a stage of its own (`FROM scratch AS out`).',
  },
  blob_store_unavailable: {
    status: 503,
    retryable: true,
    text: 'The store of build contexts and artifacts does not answer as it should.',
    fix: 'Try again in a moment. Operators: the log of the api has the answer; see KILN_BLOBS_URL, the bucket and the credentials, or the room in KILN_DATA_DIR.',
  },
  tests_failed: {
    status: 422,
    retryable: false,
    text: 'Tests of the build failed.',
    fix: '`kiln tests BUILD` shows which tests failed and why. To publish all the same leave tests.fail_on_failures out.',
  },
  report_unreadable: {
    status: 422,
    retryable: false,
    text: 'A test report of the build cannot be read, so its tests cannot be judged.',
    fix: 'Have the tests write JUnit XML to the path of tests.reports, whole: see that nothing stops them before they end. To publish all the same leave tests.fail_on_failures out.',
  },
  log_removed: {
    status: 410,
    retryable: false,
    text: 'The log of the build is not here any more.',
    fix: 'Nothing brings it back. `kiln builds retention` shows which rule lets logs and builds go, and sets another one for those that are left.',
  },
  range_not_satisfiable: {
    status: 416,
    retryable: false,
    text: 'The range is not within the file.',
    fix: 'Ask for bytes that the file has; its size is in content-range.',
  },
} as const satisfies Record<string, ErrorRule>;
