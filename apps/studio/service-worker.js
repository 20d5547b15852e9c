/**
 * Keeps the files of the page, so that it opens without a network. What the page needs at first is kept when it is opened, ONNX
 * Runtime and models once they were used. `VERSION`, `RUNTIME` and `FILES` are written above by the build; a newer build takes over once no
 * page of the older one is open.
 */
/* global VERSION, RUNTIME, FILES */
const PAGE = `page ${VERSION}`
const LARGE = `large ${RUNTIME}`
const scope = new URL('./', location.href)
const first = new Set(FILES.map((name) => new URL(name, scope).href))
const isLarge = ({ href }) =>
  ['runtime/', 'models/'].some((name) => href.startsWith(new URL(name, scope).href))

self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(PAGE).then((cache) => cache.addAll(FILES)))
})

self.addEventListener('activate', (event) => {
  const clear = async () => {
    const own = (await caches.keys()).filter((name) => /^(page|large) /.test(name))
    for (const name of own) if (name !== PAGE && name !== LARGE) await caches.delete(name)
    await self.clients.claim()
  }
  event.waitUntil(clear())
})

self.addEventListener('fetch', (event) => {
  const { request } = event
  const url = new URL(request.url)
  url.search = ''
  url.hash = ''
  if (request.method !== 'GET' && request.method !== 'HEAD') return
  if (first.has(url.href)) event.respondWith(kept(PAGE, url.href, request))
  else if (isLarge(url)) event.respondWith(kept(LARGE, url.href, request))
  else if (url.href === new URL('api/project', scope).href) {
    // No studio without a network.
    event.respondWith(fetch(request).catch(() => new Response('', { status: 404 })))
  }
})

async function kept(name, href, request) {
  const cache = await caches.open(name)
  const known = await cache.match(href)
  if (known) return isolated(known)
  const answer = await fetch(request)
  if (answer.ok && request.method === 'GET') {
    // Where there is no room it is asked for again.
    await cache.put(href, answer.clone()).catch(() => {})
  }
  return isolated(answer)
}

/** Threads share memory in pages alone that are isolated, which hosts of files seldom say. */
function isolated(answer) {
  const headers = new Headers(answer.headers)
  headers.set('cross-origin-opener-policy', 'same-origin')
  headers.set('cross-origin-embedder-policy', 'require-corp')
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers })
}
