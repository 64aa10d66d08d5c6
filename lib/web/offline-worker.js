/**
 * The service worker of the pages (W3C Service Workers). Keeps what a phone showed, for places without network: the
 * pages of elements, the answers they ask for with `?keep`, and their code. All of it is one person's, and goes when
 * they sign out. Where nothing is kept, a page of our own says that the server does not answer.
 */

const CODE = 'fiberkeep-code';
const SEEN = 'fiberkeep-seen';
/** Entries of each; the oldest go first. */
const MOST = { [CODE]: 400, [SEEN]: 600 };
const PERSON = '/offline/person';
const NAME_HEADER = 'x-fiberkeep-name';
const ELEMENT_PAGE = /^\/network\/[a-z]+\/[0-9a-f-]{36}$/;

const worker = /** @type {any} */ (globalThis);

worker.addEventListener('install', () => worker.skipWaiting());
worker.addEventListener('activate', (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener('message', (event) => {
  const { kind, ...told } = event.data ?? {};
  if (kind === 'PERSON') event.waitUntil(settlePerson(told.id));
  if (kind === 'CODE') event.waitUntil(keepCode(told.paths));
  if (kind === 'PAGE') event.waitUntil(keepPage(told.path, told.name));
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== worker.location.origin) return;
  if (request.mode === 'navigate' && request.method === 'GET' && !/^\/api\//.test(url.pathname))
    event.respondWith(openPage(request, url.pathname));
  else if (request.method === 'GET' && isCode(url.pathname)) event.respondWith(openCode(request));
  else if (request.method === 'POST' && url.search === '?keep') event.respondWith(ask(event));
});

/** Forgets what another person saw. `id` null: nobody is signed in. */
async function settlePerson(id) {
  const known = await (await caches.open(SEEN)).match(PERSON);
  if (known && (await known.text()) === id) return;
  await caches.delete(SEEN);
  if (id !== null) await (await caches.open(SEEN)).put(PERSON, new Response(id));
}

const isCode = (path) => path.startsWith('/_next/static/');

/** Their names change with their content. */
async function openCode(request) {
  const kept = await caches.match(request, { cacheName: CODE });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await keep(CODE, request, answer.clone());
  return answer;
}

/** What the page loaded before this worker watched it. */
async function keepCode(paths) {
  const cache = await caches.open(CODE);
  for (const path of paths.filter(isCode)) {
    if (await cache.match(path)) continue;
    const answer = await fetch(path);
    if (answer.ok) await keep(CODE, path, answer);
  }
}

/** Keeps the page of an element that somebody looks at, however they came to it. */
async function keepPage(path, name) {
  if (!ELEMENT_PAGE.test(path) || !(await isSomebody())) return;
  const answer = await fetch(path, { credentials: 'same-origin' });
  if (!answer.ok || answer.redirected) return;
  const headers = new Headers(answer.headers);
  headers.set(NAME_HEADER, encodeURIComponent(name));
  await keep(SEEN, path, new Response(await answer.blob(), { headers }));
}

const isSomebody = async () => Boolean(await caches.match(PERSON, { cacheName: SEEN }));

async function openPage(request, path) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(path, { cacheName: SEEN })) ?? (await awayPage());
  }
}

/** Asks the server; where it does not answer, what it answered last. */
async function ask(event) {
  const { request } = event;
  const body = await request.clone().text();
  const key = `/offline/answers/${await digestOf(body)}`;
  try {
    const answer = await fetch(request);
    if (answer.ok && (await isSomebody())) event.waitUntil(keep(SEEN, key, answer.clone()));
    return answer;
  } catch (thrown) {
    const kept = await caches.match(key, { cacheName: SEEN });
    if (kept) return kept;
    throw thrown;
  }
}

async function digestOf(text) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Puts it last, so that what was kept again goes last. */
async function keep(name, key, answer) {
  const cache = await caches.open(name);
  await cache.delete(key);
  await cache.put(key, answer);
  const keys = await cache.keys();
  const old = keys.filter(({ url }) => !url.endsWith(PERSON)).slice(0, -MOST[name]);
  for (const one of old) await cache.delete(one);
}

const texts = {
  en: {
    title: 'The server does not answer',
    text: 'Check the connection. Nothing was lost.',
    again: 'Try again',
    seen: 'Seen on this device',
  },
  pt: {
    title: 'O servidor não responde',
    text: 'Verifique a conexão. Nada se perdeu.',
    again: 'Tentar de novo',
    seen: 'Vistos neste aparelho',
  },
  es: {
    title: 'El servidor no responde',
    text: 'Revise la conexión. No se perdió nada.',
    again: 'Intentar de nuevo',
    seen: 'Vistos en este dispositivo',
  },
};

/** Instead of the browser's error: what happened, and the elements that can be read all the same. */
async function awayPage() {
  const language = worker.navigator.language.slice(0, 2);
  const t = texts[language] ?? texts.en;
  const seen = await seenElements();
  const list = seen.map(({ path, name }) => `<li><a href="${path}">${escaped(name)}</a></li>`);
  const html = `<!doctype html>
<html lang="${texts[language] ? language : 'en'}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${t.title} · Fiberkeep</title>
<style>
  :root { color-scheme: light dark; }
  body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto 3rem; padding: 0 1.5rem;
    background: light-dark(#fbfbfa, #0e1215); color: light-dark(#1c2024, #e8eaec); }
  h1 { font-size: 1.35rem; margin: 0 0 .25rem; }
  h2 { font-size: 1rem; margin: 2.5rem 0 .5rem; }
  p { margin: 0 0 1.25rem; color: light-dark(#5b6269, #a5acb3); }
  a { color: light-dark(#0f766e, #5eead4); }
  .again { display: inline-block; padding: .6rem 1.1rem; border-radius: .5rem; text-decoration: none;
    background: light-dark(#0f766e, #2dd4bf); color: light-dark(#fff, #04211d); }
  ul { list-style: none; margin: 0; padding: 0; }
  li a { display: block; padding: .65rem 0; border-top: 1px solid light-dark(#e3e5e7, #262c31); }
</style>
</head>
<body>
<main>
<h1>${t.title}</h1>
<p>${t.text}</p>
<a class="again" href="">${t.again}</a>
${list.length > 0 ? `<h2>${t.seen}</h2>\n<ul>${list.join('')}</ul>` : ''}
</main>
</body>
</html>`;
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  return new Response(html, { status: 503, headers });
}

/** The newest first. */
async function seenElements() {
  const cache = await caches.open(SEEN);
  const found = [];
  for (const { url } of (await cache.keys()).reverse()) {
    const path = new URL(url).pathname;
    if (!ELEMENT_PAGE.test(path)) continue;
    const name = (await cache.match(path))?.headers.get(NAME_HEADER) ?? '';
    found.push({ path, name: decodeURIComponent(name) });
  }
  return found;
}

function escaped(text) {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
