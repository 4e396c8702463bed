import { z } from 'zod';
import { parseReference, parseRepository, printReference } from '../domain/images/reference.js';

/** Text judged by a parser of the domain; the parser's message becomes the message of the field. */
function judged(parse: (text: string) => string) {
  return z
    .string()
    .max(500)
    .superRefine((text, context) => {
      try {
        parse(text);
      } catch (error) {
        context.addIssue({ code: 'custom', message: (error as Error).message, continue: false });
      }
    });
}

/** `host[:port]/path:tag`, where a success puts the image. */
export const destination = judged((text) => {
  const reference = parseReference(text);
  parseRepository(text.slice(0, text.length - (reference.tag === null ? 0 : reference.tag.length + 1)));
  return printReference(reference);
}).refine((text) => /:[^/:]+$/.test(text), 'expected a tag, as in registry.example.com/team/app:1.0');

/** Where the builds of a project go: `host[:port]/path` with a tag, or without one for the tags of the build. */
export const projectDestination = judged((text) => {
  const reference = parseReference(text);
  parseRepository(text.slice(0, text.length - (reference.tag === null ? 0 : reference.tag.length + 1)));
  return printReference(reference);
});

/** `host[:port]/path` without tag. */
export const imageRepository = judged((text) => printReference(parseRepository(text)));
