// The service worker of `keras-s2s site`, behind the line that says what the site consists of: `SITE`, with `version`
// (changes with each file), `page` (what the page needs before it translates) and `files` (sha256 of each).
//
// What was fetched once works offline: the page at the first visit, runtime and bundles when a direction is used.

const PREFIX = `keras-s2s ${registration.scope} `;
const CACHE = PREFIX + SITE.version;

addEventListener("install", (event) => {
  skipWaiting();
  event.waitUntil(install());
});

addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = await caches.keys();
      const old = names.filter((name) => name.startsWith(PREFIX) && name !== CACHE);
      await Promise.all(old.map((name) => caches.delete(name)));
      await clients.claim();
    })(),
  );
});

addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && event.request.url.startsWith(registration.scope)) {
    event.respondWith(answer(event));
  }
});

async function install() {
  const cache = await caches.open(CACHE);
  const fetched = SITE.page.map(async (name) => {
    // Not from the browser's own cache: that may have files of an earlier version.
    const reply = await fetch(new Request(name, { cache: "reload" }));
    if (!reply.ok || !(await store(cache, name, reply))) {
      throw new Error(`${name}: is damaged or of another version; copy the site to its host again`);
    }
  });
  await Promise.all(fetched);
}

async function answer(event) {
  const { request } = event;
  const cache = await caches.open(CACHE);
  const name = new URL(request.url).pathname.slice(new URL(registration.scope).pathname.length) || "index.html";
  const stored = await cache.match(name);
  if (stored) {
    return stored;
  }
  const reply = await fetch(request);
  if (reply.status === 200 && name in SITE.files) {
    // Meanwhile the page reads what has arrived.
    event.waitUntil(store(cache, name, reply.clone()));
  }
  return reply;
}

/** Stores a file if it is the site's, and returns whether it is: one that is damaged or of another version would stay. */
async function store(cache, name, reply) {
  const digest = await crypto.subtle.digest("SHA-256", await reply.clone().arrayBuffer());
  const sha256 = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  const isOurs = sha256 === SITE.files[name];
  if (isOurs) {
    // Where there is no room, the page works online.
    await cache.put(name, reply).catch(() => {});
  }
  return isOurs;
}
