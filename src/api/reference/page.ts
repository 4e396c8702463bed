import { PUBLIC_OPERATIONS } from '../../contracts/index.js';
import { openApiDocument } from '../../contracts/openapi.js';
import { html, type Html } from './html.js';
import { block, type DescribedOperation, operationSection } from './operation-section.js';
import { fieldTable, type Schema } from './schema-fields.js';

/** Addresses of what the page loads, relative to it. */
export interface ReferenceAssets {
  readonly style: string;
  readonly script: string;
}

const START = `# kiln up leaves both in .kiln/cli.json, as api_url and token
export KILN_API_URL=http://127.0.0.1:7777
export KILN_TOKEN=...`;

/** The API reference as one HTML page, made from the operations. The same code gives the same text. */
export function referencePage(assets: ReferenceAssets, version: string): string {
  const document = openApiDocument() as {
    paths: Record<string, Record<string, DescribedOperation>>;
    components: { schemas: Record<string, Schema> };
  };
  const tags = [...new Set(PUBLIC_OPERATIONS.map(({ tag }) => tag))];
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Kiln API reference</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="${assets.style}" />
        <script src="${assets.script}" defer></script>
      </head>
      <body>
        <a class="skip" href="#content">To the content</a>
        <header>
          <p class="title"><a href="#content">Kiln API</a> <span class="note">${version}</span></p>
          <form class="token" hidden>
            <label
              >Token
              <input
                id="token"
                type="password"
                autocomplete="off"
                spellcheck="false"
                placeholder="for Try it; kept in this page only"
            /></label>
          </form>
        </header>
        <div class="columns">
          <nav aria-label="Operations">
            <details open>
              <summary>Operations</summary>
              ${tags.map(tagLinks)}
              <h2><a href="#objects">objects</a></h2>
            </details>
          </nav>
          <main id="content" tabindex="-1">
            <h1>API reference</h1>
            <p>
              Every operation of this Kiln, with a request and an answer. As a document for tools:
              <a href="openapi.json">openapi.json</a> (OpenAPI 3.1). Errors are
              <code>application/problem+json</code>: a <code>code</code>, what happened (<code>detail</code>)
              and what to do (<code>fix</code>).
            </p>
            <p>The commands below take address and token from the environment:</p>
            ${block('Address and token', START)}
            ${tags.map((tag) => tagSection(tag, document.paths, document.components.schemas))}
            <section aria-labelledby="objects">
              <h2 id="objects">objects</h2>
              ${Object.entries(document.components.schemas).map(([name, schema]) => objectSection(name, schema))}
            </section>
          </main>
        </div>
      </body>
    </html> `.text;
}

function operationsOf(tag: string): typeof PUBLIC_OPERATIONS {
  return PUBLIC_OPERATIONS.filter((operation) => operation.tag === tag);
}

function tagLinks(tag: string): Html {
  return html`<h2><a href="#tag-${tag}">${tag}</a></h2>
    <ul>
      ${operationsOf(tag).map(
        ({ id, method, summary }) =>
          html`<li>
            <a href="#${id}"><span class="method ${method}">${method.toUpperCase()}</span> ${summary}</a>
          </li>`,
      )}
    </ul>`;
}

function tagSection(
  tag: string,
  paths: Readonly<Record<string, Record<string, DescribedOperation>>>,
  schemas: Readonly<Record<string, Schema>>,
): Html {
  return html`<section aria-labelledby="tag-${tag}">
    <h2 id="tag-${tag}">${tag}</h2>
    ${operationsOf(tag).map((operation) => {
      const described = paths[operation.path.replaceAll(/:(\w+)/g, '{$1}')]?.[operation.method];
      return described === undefined ? null : operationSection(operation, described, schemas);
    })}
  </section>`;
}

function objectSection(name: string, schema: Schema): Html {
  return html`<article id="object-${name}" aria-labelledby="object-${name}-title">
    <h3 id="object-${name}-title"><a href="#object-${name}">${name}</a></h3>
    ${schema.description === undefined ? null : html`<p>${schema.description}</p>`}
    ${fieldTable(schema, `Fields of ${name}`)}
  </article>`;
}
