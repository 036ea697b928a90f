// The door of one event through a reload without a connection: its page, and what that is made of, until the day is over.
// The name of a cache says until when it may be kept, so that app.js can clear what is over, and everything after signing out.
"use strict";
const door = new URL(self.registration.scope).pathname;
const PREFIX = "rapport-door-";
const IGNORING = { ignoreSearch: true, ignoreVary: true };

const isOurs = (name) => name.startsWith(PREFIX) && name.endsWith(`-${door}`);
const isOver = (name) => !(Date.now() < Number(name.split("-")[2]));
const ours = async () => (await caches.keys()).filter(isOurs);

const forget = async () => Promise.all((await ours()).map((name) => caches.delete(name)));

const kept = async () => {
  const names = await ours();
  await Promise.all(names.filter(isOver).map((name) => caches.delete(name)));
  const name = names.find((one) => !isOver(one));
  return name && caches.open(name);
};

// A page of the door is kept; one that says that nobody may see it any more takes the kept one away.
const note = async (answer) => {
  if (answer.type === "opaqueredirect" || answer.redirected || [401, 403, 404, 410].includes(answer.status)) return forget();
  const until = Number(answer.headers.get("X-Kept-Until"));
  if (answer.status !== 200 || !(Date.now() < until)) return undefined;
  const name = `${PREFIX}${until}-${door}`;
  await Promise.all((await ours()).filter((one) => one !== name).map((one) => caches.delete(one)));
  return (await caches.open(name)).put(door, answer);
};

const open = async (request) => {
  let answer;
  try { answer = await fetch(request); } catch { answer = null; }
  if (answer && ![502, 503, 504].includes(answer.status)) {
    await note(answer.clone());
    return answer;
  }
  const page = await (await kept())?.match(door, IGNORING);
  return page || answer || Response.error();
};

const part = async (request) => (await (await kept())?.match(request, { ignoreVary: true })) || fetch(request);

// The page as it is now, and the files it names; says until when it is kept.
const keep = async (files) => {
  try { await note(await fetch(door, { credentials: "same-origin", redirect: "manual" })); } catch { return null; }
  const cache = await kept();
  if (!cache) return null;
  const wanted = new Set([door, ...files.map((file) => new URL(file, self.location.origin).pathname)]);
  const there = (await cache.keys()).map((request) => new URL(request.url).pathname);
  await Promise.all(there.filter((path) => !wanted.has(path)).map((path) => cache.delete(path, IGNORING)));
  await cache.addAll([...wanted].filter((path) => !there.includes(path)));
  return Number((await ours())[0].split("-")[2]);
};

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("message", (event) => {
  event.waitUntil(keep(event.data.files).then((until) => event.source.postMessage({ until })));
});
self.addEventListener("fetch", (event) => {
  const at = new URL(event.request.url);
  if (event.request.method !== "GET" || at.origin !== self.location.origin) return;
  if (event.request.mode !== "navigate") event.respondWith(part(event.request));
  else if (at.pathname === door) event.respondWith(open(event.request));
});
