/** Errors of the method paketo. */
export const BUILDPACK_ERRORS = {
  builder_invalid: {
    status: 422,
    retryable: false,
    text: 'The image is no builder that can be used.',
    fix: 'Name the image of a Cloud Native Buildpacks builder for the platform of the build host with "builder" (--builder).',
  },
  buildpack_not_detected: {
    status: 422,
    retryable: false,
    text: 'No buildpack of the builder knows what to do with the source.',
    fix: 'The log says what each buildpack looked for. Name the folder of the application with "build_context", or another builder, or buildpacks.',
  },
} as const;
