import { z } from 'zod';
import { BUILD_FILE_SCHEMA_PATH, BuildFile } from './build-file.js';

/** The JSON Schema (2020-12) of kiln.yaml. The same code gives the same text. */
export function buildFileSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(BuildFile, { io: 'input' });
  return { $schema, $id: BUILD_FILE_SCHEMA_PATH, title: 'Kiln build file', ...schema };
}
