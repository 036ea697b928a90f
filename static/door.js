// The door of an event on a phone: check-ins are kept on the phone first, then sent; without a connection they wait.
// What is kept are numbers, codes and times, never names. Each has a number of its own, so sent twice it counts once.
// The page itself is kept by door-worker.js until the day is over, so that it opens again without a connection.
(() => {
  "use strict";
  const bar = document.querySelector("[data-door]");
  if (!bar) return;
  const say = bar.dataset;
  const place = `rapport-door-${say.event}-${say.user}`;
  const status = bar.querySelector("[data-door-status]");
  const sendButton = bar.querySelector("[data-door-send]");
  const said = document.querySelector("[data-door-said]");
  const counter = document.querySelector(".pagehead-status .pill > span");
  const MOST = 100;
  let isSending = false;
  let isSignedOut = false;
  let keptUntil = 0;

  // ----- who it is about: the number of an invitation, or that of a guest with a "g" before it
  const whoOf = (report) => report.guest_id ? `g${report.guest_id}` : report.invitation_id ? String(report.invitation_id) : "";
  const named = (key) => key.startsWith("g") ? { guest_id: Number(key.slice(1)) } : { invitation_id: Number(key) };

  // ----- what is kept
  const kept = () => { try { return JSON.parse(localStorage.getItem(place) || "[]"); } catch { return []; } };
  const keep = (reports) => {
    try { localStorage.setItem(place, JSON.stringify(reports)); return true; } catch { return false; }
  };
  const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
  const clock = (at) => new Date(at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

  // ----- what is shown
  const guests = () => Array.from(document.querySelectorAll("[data-guest]"));
  const guestOf = (id) => document.querySelector(`[data-guest="${id}"]`);
  const tell = (text, isBad) => {
    const line = document.createElement("li");
    line.textContent = text;
    if (isBad) line.className = "err";
    said.hidden = false;
    said.prepend(line);
    while (said.children.length > 30) said.lastChild.remove();
  };
  let nHere = Number((counter?.textContent.match(/\d+/) || ["0"])[0]);
  const count = (step) => {
    nHere += step;
    if (counter) counter.textContent = counter.textContent.replace(/\d+/, String(nHere));
  };
  const showKept = (report) => {
    const who = whoOf(report);
    const guest = guestOf(who);
    const form = document.querySelector(`[data-door-guest="${who}"]`);
    if (!guest || !form || form.hidden) return;
    const note = document.createElement("span");
    note.className = "row-line";
    note.dataset.doorNote = who;
    const words = document.createElement("strong");
    words.textContent = fill(say.sayKept, { time: clock(report.at) });
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "btn btn-sm btn-quiet";
    undo.textContent = say.sayUndo;
    undo.addEventListener("click", () => takeBack(report.client_key, who));
    note.append(words, " ", undo);
    form.hidden = true;
    form.after(note);
    guest.dataset.here = "1";
    count(1);
  };
  const showGone = (id) => {
    document.querySelector(`[data-door-note="${id}"]`)?.remove();
    const form = document.querySelector(`[data-door-guest="${id}"]`);
    if (form?.hidden) { form.hidden = false; count(-1); }
    const guest = guestOf(id);
    if (guest) guest.dataset.here = "";
  };
  const showStatus = () => {
    const n = kept().length;
    const isAway = !navigator.onLine || n > 0;
    bar.classList.toggle("is-away", isAway && !isSending);
    sendButton.hidden = n === 0 || isSending;
    status.textContent = isSending ? say.saySending
      : isSignedOut && n ? fill(say.saySignIn, { n })
      : n ? fill(say.sayWaits, { n })
      : navigator.onLine ? say.sayFine : say.sayAway;
    if (keptUntil > Date.now()) status.textContent += ` ${fill(say.sayOpens, { time: clock(keptUntil) })}`;
  };

  // ----- the page through a reload
  const workers = navigator.serviceWorker;
  const files = () => performance.getEntriesByType("resource").map((one) => new URL(one.name))
    .filter((at) => at.origin === location.origin && at.pathname.includes("/assets/")).map((at) => at.pathname);
  const keepPage = async () => {
    if (!workers || !navigator.onLine) return;
    try {
      const registration = await workers.register(say.worker, { scope: say.page });
      const ready = registration.active || await new Promise((done) => {
        const coming = registration.installing || registration.waiting;
        coming.addEventListener("statechange", () => { if (coming.state === "activated") done(coming); });
      });
      ready.postMessage({ files: files() });
    } catch { /* a browser that keeps nothing: the page stays open instead */ }
  };
  workers?.addEventListener("message", (event) => { keptUntil = event.data.until || 0; showStatus(); });

  // ----- noting somebody
  const note = (report) => {
    const whole = { client_key: newKey(), at: new Date().toISOString(), ...report };
    if (!keep([...kept(), whole])) return false; // no room on this phone: the form is sent as it is
    if (whoOf(whole)) showKept(whole);
    send();
    return true;
  };
  const takeBack = (key, id) => {
    keep(kept().filter((report) => report.client_key !== key));
    showGone(id);
    showStatus();
  };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-door-guest]")) {
      const early = form.elements.n_early_minutes;
      const report = named(form.dataset.doorGuest);
      if (early.value !== early.defaultValue) {
        if (!/^\d{1,3}$/.test(early.value) || Number(early.value) > 600) return; // the server says what is wrong
        report.n_early_minutes = Number(early.value);
      }
      if (note(report)) event.preventDefault();
    } else if (form.matches("[data-door-code]")) {
      event.preventDefault();
      const field = form.elements.code;
      if (take(field.value)) field.value = "";
      field.focus();
    }
  }, true); // before app.js locks the form

  // ----- codes
  const plain = (text) => text.toUpperCase().replace(/[^0-9A-Z]/g, "");
  const hashOf = async (code) => {
    if (!crypto.subtle) return ""; // only on secure connections
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code));
    return Array.from(new Uint8Array(digest), (n) => n.toString(16).padStart(2, "0")).join("").slice(0, 16);
  };
  const take = (text) => {
    const letters = plain(text);
    if (letters.length !== 12) { tell(say.sayBadCode, true); return false; }
    const code = letters.replace(/(.{4})(?=.)/g, "$1-");
    hashOf(code).then((hash) => {
      const guest = hash && guests().find((one) => one.dataset.hash === hash);
      const name = guest?.dataset.name;
      if (guest?.dataset.here) { tell(`${name} ${say.sayTwice}`); return; }
      if (guest) { note(named(guest.dataset.guest)); tell(`${name}: ${fill(say.sayKept, { time: clock(Date.now()) })}`); return; }
      if (kept().some((report) => report.code === code)) return;
      note({ code });
      tell(fill(say.sayCode, { code, time: clock(Date.now()) }));
    });
    return true;
  };

  // ----- sending
  const send = async () => {
    const reports = kept().slice(0, MOST);
    if (isSending || !reports.length || !navigator.onLine) { showStatus(); return; }
    isSending = true;
    showStatus();
    try {
      const answer = await fetch(say.door, {
        method: "POST", credentials: "same-origin", redirect: "manual", signal: AbortSignal.timeout(20000),
        headers: { "Content-Type": "application/json", "X-CSRFToken": say.token }, body: JSON.stringify({ reports }),
      });
      isSignedOut = answer.type === "opaqueredirect" || [400, 401, 403, 404].includes(answer.status);
      if (answer.ok) (await answer.json()).answers.forEach(settle);
    } catch { /* no connection: they wait */ }
    isSending = false;
    showStatus();
    if (kept().length && kept().length < reports.length) send();
    else if (!kept().length) keepPage(); // what was counted just now is not counted as absent after a reload
  };
  const settle = (answer) => {
    const report = kept().find((one) => one.client_key === answer.client_key);
    keep(kept().filter((one) => one.client_key !== answer.client_key));
    const id = answer.who || (report && whoOf(report));
    const shown = id && document.querySelector(`[data-door-note="${id}"]`);
    if (answer.outcome === "refused") {
      if (id) showGone(id);
      tell(`${say.sayNot} ${answer.name ? `${answer.name}. ` : ""}${report?.code ? `${report.code}. ` : ""}${answer.message}`, true);
      return;
    }
    if (!shown && id && report?.code) showKept({ ...report, ...named(id) });
    const line = id && document.querySelector(`[data-door-note="${id}"]`);
    if (line) {
      line.querySelector("button")?.remove();
      line.querySelector("strong").textContent = `${say.sayCounted}${report ? `, ${clock(report.at)}` : ""}`;
    }
    if (answer.message || report?.code) tell(answer.message || `${answer.name}: ${say.sayCounted}`);
  };
  sendButton.addEventListener("click", send);
  window.addEventListener("online", send);
  window.addEventListener("offline", showStatus);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  window.setInterval(() => { if (kept().length) send(); }, 15000);
  window.addEventListener("beforeunload", (event) => { if (kept().length && !workers?.controller) event.preventDefault(); });

  // ----- looking for somebody works without a connection too
  document.querySelector("[data-filter]")?.addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLocaleLowerCase();
    guests().forEach((guest) => guest.closest("tr").classList.toggle("is-hidden", !guest.textContent.toLocaleLowerCase().includes(wanted)));
  });

  // ----- the camera, where the browser can read codes
  const scan = document.querySelector("[data-door-scan]");
  let film = null;
  const stop = () => {
    film?.srcObject?.getTracks().forEach((track) => track.stop());
    film?.remove();
    film = null;
    const words = scan.querySelector("span");
    if (scan.dataset.start) words.textContent = scan.dataset.start;
  };
  const look = async (reader) => {
    let last = "";
    while (film) {
      try {
        for (const found of await reader.detect(film)) {
          if (found.rawValue === last) continue;
          last = found.rawValue;
          if (take(found.rawValue)) navigator.vibrate?.(80);
        }
      } catch { /* the picture is not there yet */ }
      await new Promise((next) => setTimeout(next, 250));
    }
  };
  if ("BarcodeDetector" in window && navigator.mediaDevices?.getUserMedia) {
    scan.hidden = false;
    scan.addEventListener("click", async () => {
      if (film) { stop(); return; }
      try {
        const picture = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
        film = document.createElement("video");
        film.className = "door-video";
        film.playsInline = true;
        film.muted = true;
        film.srcObject = picture;
        scan.closest("form").after(film);
        scan.dataset.start = scan.querySelector("span").textContent;
        scan.querySelector("span").textContent = scan.dataset.stop;
        await film.play();
        look(new window.BarcodeDetector({ formats: ["qr_code"] }));
      } catch { stop(); document.getElementById("door-code").focus(); }
    });
  }

  // ----- start: what an earlier page kept
  kept().forEach((report) => { if (whoOf(report)) showKept(report); });
  send();
  keepPage();
})();
