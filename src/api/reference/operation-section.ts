import { curlOf } from '../../contracts/curl.js';
import type { PublicOperation } from '../../contracts/operation.js';
import { type ErrorCode, ERRORS } from '../../domain/errors.js';
import { html, type Html, prose } from './html.js';
import { fieldRow, fieldTable, type Schema, typeOf } from './schema-fields.js';
import { tryForm } from './try-form.js';

type Content = Readonly<Record<string, { readonly schema?: Schema }>>;

/** An operation as the OpenAPI document describes it. */
export interface DescribedOperation {
  readonly parameters?: readonly {
    readonly name: string;
    readonly in: string;
    readonly required: boolean;
    readonly description?: string;
    readonly schema: Schema;
  }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Content }>>;
}

type Schemas = Readonly<Record<string, Schema>>;

/** Everything about one operation. `schemas` are those that the document names. */
export function operationSection(
  operation: PublicOperation,
  described: DescribedOperation,
  schemas: Schemas,
): Html {
  const { id, summary, method, path, auth, description } = operation;
  return html`<article id="${id}" aria-labelledby="${id}-title">
    <h3 id="${id}-title"><a href="#${id}">${summary}</a></h3>
    <p class="route">
      <span class="method ${method}">${method.toUpperCase()}</span>
      <code>${path.replaceAll(/:(\w+)/g, '{$1}')}</code>
      ${auth === 'none' ? html`<span class="note">no token needed</span>` : null}
    </p>
    ${description === undefined ? null : html`<p>${prose(description)}</p>`} ${parameters(id, described)}
    ${requestBody(operation, described, schemas)}
    <h4>Example</h4>
    ${block(`curl of ${id}`, curlOf(operation))} ${answer(operation, described)} ${errors(operation)}
    ${tryForm(operation)}
  </article>`;
}

function parameters(id: string, { parameters: all = [] }: DescribedOperation): Html | null {
  if (all.length === 0) return null;
  const rows = all.map(({ name, in: place, required, description, schema }) =>
    fieldRow(name, description === undefined ? schema : { ...schema, description }, required, place),
  );
  return html`<h4>Parameters</h4>
    <div class="scroll" tabindex="0" role="region" aria-label="Parameters of ${id}">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Type</th>
            <th scope="col">Meaning</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>
    </div>`;
}

function requestBody(
  { id, example }: PublicOperation,
  { requestBody: body }: DescribedOperation,
  schemas: Schemas,
): Html | null {
  const [entry] = Object.entries(body?.content ?? {});
  if (entry === undefined) return null;
  const [contentType, { schema }] = entry;
  const fields = schemas[schema?.$ref?.replace('#/components/schemas/', '') ?? ''] ?? schema;
  const shown = example.body === undefined ? example.file?.content : JSON.stringify(example.body, null, 2);
  return html`<h4>
      Body
      <span class="note">${contentType}${schema?.$ref === undefined ? null : html`, ${typeOf(schema)}`}</span>
    </h4>
    ${fields === undefined ? null : fieldTable(fields, `Fields of the body of ${id}`)}
    ${shown === undefined || shown === null ? null : block(`Body of ${id}`, shown)}`;
}

function answer({ id, example }: PublicOperation, { responses }: DescribedOperation): Html {
  const good = Object.entries(responses).filter(([status]) => status.startsWith('2'));
  return html`${good.map(([status, { description, content = {} }]) => {
    const [entry] = Object.entries(content);
    const type = entry?.[1].schema === undefined ? entry?.[0] : typeOf(entry[1].schema);
    const isShown = Number(status) === example.answer.status && example.answer.body !== undefined;
    return html`<h4>${status} <span class="note">${prose(description)} ${type}</span></h4>
      ${isShown ? block(`Answer of ${id}`, shownBody(example.answer.body)) : null}`;
  })}`;
}

function shownBody(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body, null, 2);
}

/** Codes in the order of their status, each with what to do. */
function errors({ auth, errors: own }: PublicOperation): Html | null {
  const always: ErrorCode[] = auth === 'none' ? [] : ['unauthenticated', 'unavailable'];
  const codes = [...new Set([...own, ...always])].sort((a, b) => ERRORS[a].status - ERRORS[b].status);
  if (codes.length === 0) return null;
  return html`<details>
    <summary>Errors: ${codes.length}</summary>
    <dl>
      ${codes.map(
        (code) =>
          html`<dt><code>${ERRORS[code].status} ${code}</code></dt>
            <dd>${ERRORS[code].text} ${prose(ERRORS[code].fix)}</dd>`,
      )}
    </dl>
  </details>`;
}

/** Text that can be copied. The button is shown by the script. */
export function block(label: string, text: string): Html {
  return html`<div class="block">
    <pre tabindex="0" role="region" aria-label="${label}"><code>${text}</code></pre>
    <button type="button" class="copy" hidden aria-label="Copy: ${label}">Copy</button>
  </div>`;
}
