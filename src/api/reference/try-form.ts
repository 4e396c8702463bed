import type { PublicOperation } from '../../contracts/operation.js';
import { html, type Html } from './html.js';

/** A form that calls the operation with the reader's token. The script shows and sends it. */
export function tryForm(operation: PublicOperation): Html {
  const { id, method, path, example, auth, rawBody } = operation;
  const fields = [
    ...inputs(id, 'path', operation.params, example.params),
    ...inputs(id, 'query', operation.query, example.query),
    ...inputs(id, 'header', operation.headers, example.headers),
  ];
  const json =
    operation.body === undefined
      ? null
      : html`<label
          >Body
          <textarea name="body" rows="8" spellcheck="false">
${JSON.stringify(example.body, null, 2)}</textarea>
        </label>`;
  const file =
    rawBody === undefined
      ? null
      : html`<label>Body, a file <input type="file" name="file" data-type="${rawBody}" /></label>`;
  return html`<details class="try" hidden>
    <summary>Try it</summary>
    <form data-method="${method.toUpperCase()}" data-path="${path}" data-auth="${auth}">
      ${fields}${json}${file}
      <p><button type="submit">Send</button> <button type="button" class="stop" hidden>Stop</button></p>
      <div class="answer" aria-live="polite" hidden>
        <p class="status"></p>
        <pre tabindex="0" role="region" aria-label="Answer to your call of ${id}"></pre>
      </div>
    </form>
  </details>`;
}

function inputs(
  id: string,
  place: string,
  schema: PublicOperation['params'],
  examples: Readonly<Record<string, string>> = {},
): Html[] {
  return Object.keys(schema?.shape ?? {}).map((name) => {
    const required = place === 'path' ? html` required` : null;
    return html`<label
      >${name} <span class="note">${place}</span>
      <input
        name="${name}"
        data-place="${place}"
        placeholder="${examples[name] ?? ''}"
        autocomplete="off"
        spellcheck="false"
        ${required}
        aria-label="${name}, ${place} of ${id}"
    /></label>`;
  });
}
