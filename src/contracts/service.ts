import { z } from 'zod';
import { MethodName } from './builds.js';
import { operation } from './operation.js';

export const getHealth = operation({
  id: 'getHealth',
  method: 'get',
  path: '/healthz',
  tag: 'service',
  summary: 'The process is alive',
  auth: 'none',
  responses: { 200: { description: 'Alive.', schema: z.strictObject({ status: z.literal('ok') }) } },
  errors: [],
  example: { answer: { status: 200, body: { status: 'ok' } } },
});

export const getReadiness = operation({
  id: 'getReadiness',
  method: 'get',
  path: '/readyz',
  tag: 'service',
  summary: 'Everything the api needs answers; otherwise 503, whose fields name what does not',
  auth: 'none',
  responses: {
    200: {
      description: 'Ready.',
      schema: z.strictObject({ status: z.literal('ready'), checks: z.array(z.string()) }),
    },
  },
  errors: ['unavailable'],
  example: { answer: { status: 200, body: { status: 'ready', checks: ['postgresql', 'temporal'] } } },
});

export const getMetricsPage = operation({
  id: 'getMetricsPage',
  method: 'get',
  path: '/metrics',
  tag: 'service',
  summary: 'Metrics of the process in the Prometheus text format',
  auth: 'none',
  responses: { 200: { description: 'Prometheus text format.', contentType: 'text/plain' } },
  errors: [],
  example: {
    answer: {
      status: 200,
      body: '# TYPE process_cpu_seconds_total counter\nprocess_cpu_seconds_total 1.5\n',
    },
  },
});

export const getOpenApi = operation({
  id: 'getOpenApi',
  method: 'get',
  path: '/openapi.json',
  tag: 'service',
  summary: 'This document (OpenAPI 3.1)',
  auth: 'none',
  responses: { 200: { description: 'The document.', contentType: 'application/json' } },
  errors: [],
  example: { answer: { status: 200, body: '{"openapi":"3.1.0","info":{"title":"Kiln", ...}, ...}' } },
});

export const getInstallation = operation({
  id: 'getInstallation',
  method: 'get',
  path: '/v1/installation',
  tag: 'service',
  summary: 'Which Kiln answers, where its Temporal Web UI is, and what its build hosts offer',
  auth: 'token',
  responses: {
    200: {
      description: 'What is known of it.',
      schema: z.strictObject({
        version: z.string(),
        temporal_ui_url: z
          .url({ protocol: /^https?$/ })
          .nullable()
          .describe('KILN_TEMPORAL_UI_URL of the api; null when it is not set'),
        methods: z
          .array(MethodName)
          .nullable()
          .describe('build methods that your build hosts offer; null while none has said so'),
        temporal_namespace: z.string().describe('where the workflows of the builds are (workflow_id)'),
      }),
    },
  },
  errors: [],
  example: {
    answer: {
      status: 200,
      body: {
        version: '0.1.0',
        temporal_ui_url: 'https://temporal.example.com',
        methods: ['buildx', 'container'],
        temporal_namespace: 'kiln',
      },
    },
  },
});
