import { html, type Html, prose } from './html.js';

/** The part of JSON Schema that zod writes. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly format?: string;
  readonly pattern?: string;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: Schema | boolean;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  /** Of a field that has to be absent. */
  readonly not?: Schema;
}

/** The type of a value, for people; named schemas are links to where they are described. */
export function typeOf(schema: Schema): Html {
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) {
    const types = [...new Set(choices.map((choice) => typeOf(choice).text))];
    return html`${types.map((text, index) => html`${index === 0 ? null : ' or '}${raw(text)}`)}`;
  }
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '');
    return html`<a href="#object-${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return html`<code>${JSON.stringify(schema.const)}</code>`;
  if (schema.enum !== undefined)
    return html`${schema.enum.map((value, index) => html`${index === 0 ? null : ' | '}<code>${JSON.stringify(value)}</code>`)}`;
  if (schema.type === 'array') return html`list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === 'object' && typeof schema.additionalProperties === 'object')
    return html`map of ${typeOf(schema.additionalProperties)}`;
  if (schema.type === undefined) return html`any JSON`;
  const types = typeof schema.type === 'string' ? [schema.type] : schema.type;
  return html`${schema.format ?? types.join(' or ')}`;
}

/** A table of the fields of a schema; those of nested objects stand under dotted names. Null where there are none. */
export function fieldTable(schema: Schema, label: string): Html | null {
  const rows = fieldRows(schema, '');
  if (rows.length === 0) return null;
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${label}">
    <table>
      <thead>
        <tr>
          <th scope="col">Field</th>
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

function fieldRows(schema: Schema, prefix: string): Html[] {
  const variants = schema.anyOf ?? schema.oneOf ?? [];
  if (variants.length > 0) return variants.flatMap((variant) => fieldRows(variant, prefix));
  if (schema.type === 'array' && schema.items) return fieldRows(schema.items, `${prefix.slice(0, -1)}[].`);
  return present(schema).flatMap(([name, field]) => [
    fieldRow(`${prefix}${name}`, field, schema.required?.includes(name) === true),
    ...fieldRows(field, `${prefix}${name}.`),
  ]);
}

function present({ properties = {} }: Schema): [string, Schema][] {
  return Object.entries(properties).filter(([, { not }]) => not === undefined);
}

/** One row: name, type, and what it means. `place` says where a parameter goes. */
export function fieldRow(name: string, field: Schema, isRequired: boolean, place?: string): Html {
  const usual =
    field.default === undefined
      ? null
      : html` <span class="usual">default <code>${JSON.stringify(field.default)}</code></span>`;
  return html`<tr>
    <th scope="row">
      <code>${name}</code
      >${place === undefined ? null : html` <span class="note">${place}</span>`}${isRequired ? html` <span class="required">required</span>` : null}
    </th>
    <td>${typeOf(field)}</td>
    <td>${field.description === undefined ? null : prose(field.description)}${usual}</td>
  </tr>`;
}

function raw(text: string): Html {
  return html([text] as unknown as TemplateStringsArray);
}
