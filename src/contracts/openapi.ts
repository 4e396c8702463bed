import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../domain/errors.js';
import {
  Attempt,
  Build,
  BuildLayer,
  BuildMetrics,
  BuildResult,
  BuildStep,
  LogChunk,
  Source,
  StatusChange,
} from './builds.js';
import { CacheObject } from '../engines/buildx/schema.js';
import { AnyJson } from './build-config-operations.js';
import { curlOf } from './curl.js';
import { PUBLIC_OPERATIONS } from './index.js';
import { NewBuild } from './new-build.js';
import type { PublicOperation } from './operation.js';
import { Problem } from './problem.js';
import { NewProject, Project } from './projects.js';
import { ContentProgress, Upload } from './uploads.js';

/** Schemas that the document names; every other one is written where it is used. */
const NAMED = {
  AnyJson,
  Attempt,
  Build,
  BuildLayer,
  BuildMetrics,
  BuildResult,
  BuildStep,
  CacheObject,
  ContentProgress,
  LogChunk,
  NewBuild,
  NewProject,
  Problem,
  Project,
  Source,
  StatusChange,
  Upload,
};

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of the public operations. The same code gives the same text. */
export function openApiDocument(): Json {
  const schemas: Json = {};
  const use = schemaWriter(schemas);
  use(LogChunk, 'output');
  const paths: Record<string, Json> = {};
  for (const operation of PUBLIC_OPERATIONS) {
    const path = operation.path.replaceAll(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[operation.method] = describeOperation(operation, use);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Kiln',
      version: '1',
      description: 'Builds container images and keeps its word. Errors are application/problem+json.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => (a < b ? -1 : 1))),
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
    },
  };
}

const UNSAYABLE = new Set(['bigint', 'symbol', 'void', 'date', 'map', 'set', 'nan', 'custom', 'function']);

type UseSchema = (schema: z.ZodType, io: 'input' | 'output') => Json;

/** Turns zod into JSON Schema; named schemas go to the components and are referred to. */
function schemaWriter(components: Json): UseSchema {
  const metadata = z.registry<{ id?: string }>();
  for (const [id, schema] of Object.entries(NAMED)) metadata.add(schema, { id });
  return (schema, io) => {
    const holder = z.toJSONSchema(z.object({ it: schema }), {
      io,
      metadata,
      unrepresentable: 'any',
      override: describeAsWritten,
    }) as Json;
    const text = JSON.stringify(holder).replaceAll('#/$defs/', '#/components/schemas/');
    const { properties, $defs } = JSON.parse(text) as {
      properties: { it: Json };
      $defs?: Record<string, Json>;
    };
    for (const [id, definition] of Object.entries($defs ?? {})) {
      delete definition['id'];
      components[id] ??= definition;
    }
    return properties.it;
  };
}

/**
 * Names come from a registry of our own; what `.describe()` says is in zod's. A field that has to be absent is one that nothing fits;
 * whatever else JSON Schema cannot say is a fault.
 */
function describeAsWritten({
  zodSchema,
  jsonSchema,
}: {
  zodSchema: z.core.$ZodType;
  jsonSchema: Json;
}): void {
  const { type } = zodSchema._zod.def;
  if (type === 'undefined') jsonSchema['not'] = {};
  else if (UNSAYABLE.has(type)) throw new TypeError(`JSON Schema cannot say ${type}.`);
  const description = z.globalRegistry.get(zodSchema)?.description;
  if (description !== undefined) jsonSchema['description'] ??= description;
}

function describeOperation(operation: PublicOperation, use: UseSchema): Json {
  const parameters = [
    ...parametersOf(operation.params, 'path', operation.example.params, use),
    ...parametersOf(operation.query, 'query', operation.example.query, use),
    ...parametersOf(operation.headers, 'header', operation.example.headers, use),
  ];
  return {
    operationId: operation.id,
    tags: [operation.tag],
    summary: operation.summary,
    ...(operation.description === undefined ? {} : { description: operation.description }),
    ...(operation.auth === 'none' ? {} : { security: [{ [operation.auth]: [] }] }),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...requestBody(operation, use),
    responses: { ...successes(operation, use), ...failures(operation, use) },
    'x-codeSamples': [{ lang: 'Shell', label: 'curl', source: curlOf(operation) }],
  };
}

function parametersOf(
  schema: z.ZodObject | undefined,
  place: string,
  examples: Readonly<Record<string, string>> = {},
  use: UseSchema,
): Json[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, field]) => {
    const { description, ...rest } = use(field as z.ZodType, 'input');
    const required = place === 'path' || !(field as z.ZodType).safeParse(undefined).success;
    return {
      name,
      in: place,
      required,
      ...(description === undefined ? {} : { description }),
      schema: rest,
      ...(examples[name] === undefined ? {} : { example: examples[name] }),
    };
  });
}

function requestBody(operation: PublicOperation, use: UseSchema): Json {
  const { body, file } = operation.example;
  if (operation.rawBody !== undefined) {
    const shown = file?.content === null ? {} : { example: file?.content };
    return { requestBody: { required: true, content: { [operation.rawBody]: shown } } };
  }
  if (operation.body === undefined) return {};
  return {
    requestBody: {
      required: true,
      content: { 'application/json': { schema: use(operation.body, 'input'), example: body } },
    },
  };
}

function successes(operation: PublicOperation, use: UseSchema): Json {
  return Object.fromEntries(
    Object.entries(operation.responses).map(([status, { description, schema, contentType, orCsv }]) => {
      const { answer } = operation.example;
      const example = String(answer.status) === status ? { example: answer.body } : {};
      const content = schema
        ? {
            'application/json': { schema: use(schema, 'output'), ...example },
            ...(orCsv === true && { 'text/csv': { schema: { type: 'string' } } }),
          }
        : contentType && {
            [contentType]:
              contentType === 'application/json' ? {} : { schema: { type: 'string' }, ...example },
          };
      return [status, { description, ...(content ? { content } : {}) }];
    }),
  );
}

/** One response per status; its description names the codes that come with it. */
function failures(operation: PublicOperation, use: UseSchema): Json {
  const always: ErrorCode[] =
    operation.auth === 'none' ? ['internal'] : ['unauthenticated', 'unavailable', 'internal'];
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set([...operation.errors, ...always])) {
    byStatus.set(ERRORS[code].status, [...(byStatus.get(ERRORS[code].status) ?? []), code]);
  }
  const content = { 'application/problem+json': { schema: use(Problem, 'output') } };
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, codes]) => [status, { description: codes.join(', '), content }]),
  );
}
