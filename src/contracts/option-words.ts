import type { z } from 'zod';
import type { BuildMethod } from '../domain/builds/method.js';
import { plainWords } from './plain-words.js';

/** What is said of an option that a method needs and nobody has set. */
export function neededBy(method: BuildMethod): string {
  return `required: the method ${method} needs it. Set it in the request, the build file or the project's defaults.`;
}

/** The error map for options of a method: plain words, and for an option that is missing who needs it. */
export function optionWords(method: BuildMethod): (issue: z.core.$ZodRawIssue) => string | undefined {
  return (issue) => {
    const isMissing = issue.code === 'invalid_type' && issue.input === undefined && issue.path?.length === 1;
    return isMissing ? neededBy(method) : plainWords(issue);
  };
}
