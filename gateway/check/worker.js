// Stores the offline check of letters on the device. Online, an opened page is the newest.
"use strict";

const PAGE = "/check";
const STORE = "govah-check";
// Milliseconds after which the stored page is shown. A newer one that comes later is shown the next time.
const PATIENCE = 4000;

const fetchPage = async () => {
  const response = await fetch(PAGE, { credentials: "omit" });
  if (!response.ok || response.redirected) throw new Error(`status ${response.status}`);
  const store = await caches.open(STORE);
  await store.put(PAGE, response.clone());
  return response;
};

const findPage = async (newest) => {
  const stored = await caches.match(PAGE);
  if (!stored) return newest;
  const late = new Promise((done) => setTimeout(done, PATIENCE, stored));
  return Promise.race([newest.catch(() => stored), late]);
};

self.addEventListener("install", (event) => event.waitUntil(fetchPage().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.method !== "GET" || pathname !== PAGE) return;
  const newest = fetchPage();
  event.waitUntil(newest.catch(() => {}));
  event.respondWith(findPage(newest));
});
