// Keeps the offline check of letters on the device. Online, an opened page is always the newest.
"use strict";

const PAGE = "/check";
const STORE = "govah-check";
// Milliseconds after which a network that does not answer counts as none.
const PATIENCE = 4000;

const fetchPage = async () => {
  const response = await fetch(PAGE, { credentials: "omit", signal: AbortSignal.timeout(PATIENCE) });
  if (!response.ok || response.redirected) throw new Error(`status ${response.status}`);
  const store = await caches.open(STORE);
  await store.put(PAGE, response.clone());
  return response;
};

const findPage = async () => {
  try {
    return await fetchPage();
  } catch {
    return (await caches.match(PAGE)) ?? Response.error();
  }
};

self.addEventListener("install", (event) => event.waitUntil(fetchPage().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method === "GET" && pathname === PAGE) event.respondWith(findPage());
});
