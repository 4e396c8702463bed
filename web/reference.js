/* Copy buttons, and calls with the reader's token, which is kept in this page and nowhere else. */

/** Where the api is: the page lies directly under it. */
const API = new URL('.', document.location.href).href.replace(/\/$/, '');
const NARROW = matchMedia('(max-width: 52rem)');

/* The examples name the address that this page came from. */
for (const block of document.querySelectorAll('pre'))
  if (block.textContent.includes('http://127.0.0.1:7777'))
    block.textContent = block.textContent.replaceAll('http://127.0.0.1:7777', API);

function copy(text, block) {
  /* Browsers offer the clipboard to https and localhost only. */
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  getSelection().selectAllChildren(block);
  return document.execCommand('copy') ? Promise.resolve() : Promise.reject(new Error('no clipboard'));
}

for (const button of document.querySelectorAll('.copy')) {
  button.hidden = false;
  const block = button.parentElement.querySelector('pre');
  const say = (text) => {
    button.textContent = text;
    setTimeout(() => (button.textContent = 'Copy'), 2000);
  };
  button.addEventListener('click', () => {
    void copy(block.textContent, block).then(
      () => say('Copied'),
      () => say('Press Ctrl-C'),
    );
  });
}

/** Address, headers and body as the form says. */
function requestOf(form) {
  const fields = [...form.querySelectorAll('[data-place]')];
  const given = (place) => fields.filter((field) => field.dataset.place === place && field.value !== '');
  let path = form.dataset.path;
  for (const { name, value } of given('path')) path = path.replace(`:${name}`, encodeURIComponent(value));
  const query = new URLSearchParams(given('query').map(({ name, value }) => [name, value])).toString();
  const headers = new Headers(given('header').map(({ name, value }) => [name, value]));
  const token = document.querySelector('#token').value.trim();
  if (form.dataset.auth !== 'none' && token !== '') headers.set('authorization', `Bearer ${token}`);
  const { body: json, file } = form.elements;
  if (json) headers.set('content-type', 'application/json');
  if (file) headers.set('content-type', file.dataset.type);
  return {
    url: `${API}${path}${query === '' ? '' : `?${query}`}`,
    init: { method: form.dataset.method, headers, body: json ? json.value : file?.files[0] },
  };
}

function pretty(text, contentType) {
  if (!/json/.test(contentType)) return text;
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

/** Shows the answer as it comes in: an event stream goes on until Stop. */
async function show(response, output) {
  const contentType = response.headers.get('content-type') ?? '';
  const decoder = new TextDecoder();
  let text = '';
  const reader = response.body?.getReader();
  for (let part = await reader?.read(); part && !part.done; part = await reader.read()) {
    text += decoder.decode(part.value, { stream: true });
    output.textContent = text;
  }
  output.textContent = pretty(text, contentType);
}

async function send(form) {
  const [answer, stop] = [form.querySelector('.answer'), form.querySelector('.stop')];
  const [status, output] = [answer.querySelector('.status'), answer.querySelector('pre')];
  const left = new AbortController();
  stop.onclick = () => left.abort();
  answer.hidden = stop.hidden = false;
  output.textContent = '';
  status.textContent = 'Sending…';
  try {
    const { url, init } = requestOf(form);
    const response = await fetch(url, { ...init, signal: left.signal, credentials: 'omit' });
    status.textContent = `${response.status} ${response.statusText}`;
    await show(response, output);
  } catch (error) {
    status.textContent = left.signal.aborted ? 'Stopped.' : `No answer: ${error.message}`;
  } finally {
    stop.hidden = true;
  }
}

for (const element of document.querySelectorAll('.try, .token')) element.hidden = false;
for (const form of document.querySelectorAll('form')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (form.dataset.method) void send(form);
  });
}

/* On a narrow window the list of operations opens on demand and closes after a choice. */
const list = document.querySelector('nav details');
const fold = () => (list.open = !NARROW.matches);
fold();
NARROW.addEventListener('change', fold);
list.addEventListener('click', (event) => {
  if (NARROW.matches && event.target.closest('a')) list.open = false;
});
