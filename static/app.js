// Rapport in the browser: small behaviours declared in the markup by data- attributes. Every page works without this file.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const $ = (selector, within = document) => within.querySelector(selector);
  const $$ = (selector, within = document) => Array.from(within.querySelectorAll(selector));
  const isMac = /Mac|iPhone|iPad/.test(navigator.platform || "");
  const isTyping = (el) => el instanceof Element && (el.isContentEditable || el.closest("input:not([type=checkbox]):not([type=radio]), textarea, select") !== null);

  // ----- the door of an event is kept on a phone until its day is over, and for nobody who has signed out (door-worker.js)
  const isSignedOut = $("[data-signed-out]") !== null;
  window.caches?.keys().then((names) => names
    .filter((name) => name.startsWith("rapport-door-") && (isSignedOut || !(Date.now() < Number(name.split("-")[2]))))
    .forEach((name) => caches.delete(name))).catch(() => {});
  if (isSignedOut) navigator.serviceWorker?.getRegistrations().then((all) => all.forEach((one) => one.unregister())).catch(() => {});

  // ----- dialogs: <a data-dialog="#id"> opens a <dialog> instead of following its link
  const openDialog = (dialog) => {
    if (!dialog || dialog.open) return;
    closeMenus();
    dialog.showModal();
  };
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener && !event.metaKey && !event.ctrlKey) {
      const dialog = $(opener.dataset.dialog);
      if (dialog instanceof HTMLDialogElement) {
        event.preventDefault();
        openDialog(dialog);
      }
    }
    if (event.target.closest("[data-dialog-close]")) event.target.closest("dialog")?.close();
    if (event.target instanceof HTMLDialogElement) event.target.close(); // a click on the backdrop
  });

  // ----- menus: <details data-menu> closes on Escape, on a click elsewhere and when focus leaves
  function closeMenus(except) {
    $$("details[data-menu][open]").forEach((menu) => { if (menu !== except) menu.open = false; });
  }
  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));
  document.addEventListener("focusin", (event) => closeMenus(event.target.closest("details[data-menu]")));

  // ----- tabs: on a narrow screen the open one is not left outside the edge
  $$(".tabs a[aria-current], .subtabs a[aria-current]").forEach((tab) => {
    const strip = tab.closest("nav");
    const [seen, at] = [strip.getBoundingClientRect(), tab.getBoundingClientRect()];
    if (at.right > seen.right || at.left < seen.left) strip.scrollLeft += at.left - seen.left - (seen.width - at.width) / 2;
  });

  // A row of tabs that goes on beyond an edge says so: it fades out there.
  $$(".tabs, .subtabs").forEach((strip) => {
    const look = () => {
      const passed = Math.abs(strip.scrollLeft); // below nothing where one reads from the right
      strip.classList.toggle("is-cut-start", passed > 1);
      strip.classList.toggle("is-cut-end", strip.scrollWidth - strip.clientWidth - passed > 1);
    };
    strip.addEventListener("scroll", look, { passive: true });
    new ResizeObserver(look).observe(strip);
  });

  // ----- palette: [data-palette-open] opens <dialog data-palette>; arrows walk the results, the focus stays in the field
  const palette = $("[data-palette]");
  const openPalette = (text = "") => {
    if (!palette || palette.open) return;
    openDialog(palette);
    const input = $("input[type=search]", palette);
    input.value = text;
    input.focus();
    if (text) input.dispatchEvent(new Event("palette-open"));
  };
  $$("[data-palette-open]").forEach((el) => {
    el.addEventListener("click", (event) => { event.preventDefault(); openPalette(el.value || ""); });
    el.addEventListener("input", () => { const text = el.value; el.value = ""; openPalette(text); });
  });
  const options = () => $$("[role=option]", palette);
  const markOption = (at) => {
    const all = options();
    all.forEach((option, i) => option.setAttribute("aria-selected", String(i === at)));
    const input = $("input[type=search]", palette);
    if (all[at]) {
      input.setAttribute("aria-activedescendant", all[at].id);
      all[at].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };
  palette?.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "Escape") { event.preventDefault(); palette.close(); return; } // a search field would only be emptied
    const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? all.length - 1 : at - 1, End: all.length - 1, Home: 0 }[event.key];
    if (event.key === "Enter" && !event.isComposing) {
      const chosen = all[Math.max(at, 0)];
      if (chosen && event.target.matches("input")) { event.preventDefault(); chosen.click(); }
    } else if (to !== undefined && event.target.matches("input") && (event.key.startsWith("Arrow") || at >= 0)) {
      event.preventDefault();
      markOption(to >= all.length ? 0 : to); // after the last comes the first; before the first, the field alone
    }
  });
  palette?.addEventListener("input", () => markOption(-1));
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.target.id !== "palette-results") return;
    const n = options().length;
    const said = $("#palette-status");
    said.textContent = n === 0 ? said.dataset.none : n === 1 ? said.dataset.one : said.dataset.many.replace("{n}", n);
    markOption(-1);
  });

  // ----- found while typing in a filter: arrows walk from the field into the list, Escape puts it away
  document.addEventListener("keydown", (event) => {
    const box = event.target instanceof Element ? event.target.closest(".filters-q") : null;
    const found = box && $(".filters-found", box);
    if (!found || !found.childElementCount) return;
    const links = $$("a", found);
    const at = links.indexOf(document.activeElement);
    if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); found.replaceChildren(); $("input", box).focus(); }
    if (event.key === "ArrowDown" && links.length) { event.preventDefault(); links[Math.min(at + 1, links.length - 1)].focus(); }
    if (event.key === "ArrowUp" && at >= 0) { event.preventDefault(); (links[at - 1] || $("input", box)).focus(); }
  }, true);
  document.addEventListener("focusin", (event) => {
    $$(".filters-found").forEach((found) => { if (!found.parentElement.contains(event.target)) found.replaceChildren(); });
  });
  $$("[data-mod-key]").forEach((el) => { el.textContent = (isMac ? "⌘" : "Ctrl ") + el.dataset.modKey; });

  // ----- rows: j k x over [data-rows]
  const rowsOf = () => $$("[data-rows] tbody tr:not(.tbl-group)").filter((row) => row.offsetParent !== null);
  const moveRow = (step) => {
    const rows = rowsOf();
    if (!rows.length) return;
    const at = rows.findIndex((row) => row.classList.contains("is-current"));
    const row = rows[at < 0 ? (step > 0 ? 0 : rows.length - 1) : Math.min(rows.length - 1, Math.max(0, at + step))];
    rows.forEach((other) => other.classList.toggle("is-current", other === row));
    const target = $("a[href], button", row) || $("input[type=checkbox]", row);
    target?.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const tickRow = () => $("[data-rows] tr.is-current [data-select-row]")?.click();

  // ----- selection: [data-select-all], [data-select-row] and the bar [data-bulk]
  let lastTicked = null;
  const countTicks = () => {
    $$("[data-bulk]").forEach((bar) => {
      const ticked = $$(`[data-select-row][form="${bar.id}"]:checked`).length;
      bar.classList.toggle("is-on", ticked > 0);
      const out = $("[data-bulk-n]", bar);
      if (out) out.textContent = String(ticked);
    });
    $$("[data-select-all]").forEach((all) => {
      const boxes = $$("[data-select-row]", all.closest("table"));
      const ticked = boxes.filter((box) => box.checked).length;
      all.checked = ticked > 0 && ticked === boxes.length;
      all.indeterminate = ticked > 0 && ticked < boxes.length;
    });
  };
  document.addEventListener("change", (event) => {
    const el = event.target;
    if (el.matches("[data-select-all]")) $$("[data-select-row]", el.closest("table")).forEach((box) => { box.checked = el.checked; });
    if (el.matches("[data-select-all], [data-select-row]")) countTicks();
    if (el.matches("[data-auto]")) el.form.requestSubmit();
    if (el.matches("[data-files]")) showFiles(el);
  });
  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-select-row]");
    if (!box) return;
    if (event.shiftKey && lastTicked) { // shift-click ticks the range
      const boxes = $$("[data-select-row]", box.closest("table"));
      const [from, to] = [boxes.indexOf(lastTicked), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((other) => { other.checked = box.checked; });
      countTicks();
    }
    lastTicked = box;
  });

  // ----- files: [data-files="output id"] says what was chosen and how large it is
  const showFiles = (input) => {
    const out = document.getElementById(input.dataset.files);
    if (!out) return;
    const size = (n) => (n < 1e6 ? `${Math.max(1, Math.round(n / 1e3))} kB` : `${(n / 1e6).toFixed(1)} MB`);
    out.textContent = Array.from(input.files).map((file) => `${file.name} (${size(file.size)})`).join(", ");
  };

  // ----- forms: [data-guard] asks before unsaved changes are lost; [data-once] cannot be sent twice
  const dirty = new Set();
  document.addEventListener("input", (event) => { const form = event.target.closest("form[data-guard]"); if (form) dirty.add(form); });
  window.addEventListener("beforeunload", (event) => { if (dirty.size) event.preventDefault(); });
  document.addEventListener("click", (event) => {
    const leave = event.target.closest("[data-guard-leave]");
    const form = leave?.closest("form[data-guard]");
    if (form && dirty.has(form)) {
      if (window.confirm(form.dataset.guard)) dirty.delete(form);
      else event.preventDefault();
    }
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    dirty.delete(form);
    if (!form.matches("[data-once]") || event.defaultPrevented) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    $$("button[type=submit]", form).forEach((button) => button.setAttribute("aria-disabled", "true"));
    // a download answers without leaving the page: free the form again
    window.setTimeout(() => release(form), 8000);
  });
  const release = (form) => {
    delete form.dataset.sent;
    $$("button[type=submit]", form).forEach((button) => button.removeAttribute("aria-disabled"));
  };
  window.addEventListener("pageshow", () => $$("form[data-sent]").forEach(release));

  // ----- copy: [data-copy="#id"] copies that element's text
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = $(button.dataset.copy);
    const text = source ? (source.value ?? source.textContent.trim()) : "";
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange(); // no permission: select it, so that Ctrl+C does it
      range.selectNodeContents(source);
      window.getSelection().removeAllRanges();
      window.getSelection().addRange(range);
      return;
    }
    const label = $("span", button);
    const before = label.textContent;
    button.parentElement.classList.add("is-done");
    label.textContent = button.dataset.done || before;
    window.setTimeout(() => { label.textContent = before; button.parentElement.classList.remove("is-done"); }, 1800);
  });

  // ----- theme: [data-theme-form] changes at once and is stored by the same POST
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    const theme = event.submitter?.value;
    if (!form || !theme) return;
    event.preventDefault();
    if (theme === "auto") root.removeAttribute("data-bs-theme");
    else root.setAttribute("data-bs-theme", theme);
    $$("button[name=theme]", form).forEach((button) => button.setAttribute("aria-pressed", String(button.value === theme)));
    const body = new FormData(form);
    body.set("theme", theme);
    fetch(form.action, { method: "POST", body, credentials: "same-origin", redirect: "manual" });
  });

  // ----- plans: [data-drag="page of a move"] dropped on [data-drop="window"] of the same executive opens that page with the window chosen
  let dragged = null;
  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest?.("[data-drag]") ?? null;
    if (dragged) { event.dataTransfer.effectAllowed = "move"; event.dataTransfer.setData("text/plain", dragged.textContent); }
  });
  const dropOf = (event) => {
    const drop = dragged && event.target.closest?.("td")?.querySelector("[data-drop]");
    return drop && drop.dataset.dropIn === dragged.dataset.dragIn && !drop.contains(dragged) ? drop : null;
  };
  document.addEventListener("dragover", (event) => { if (dropOf(event)) event.preventDefault(); });
  document.addEventListener("drop", (event) => {
    const drop = dropOf(event);
    if (drop) { event.preventDefault(); location.assign(`${dragged.dataset.drag}?slot=${drop.dataset.drop}`); }
  });
  document.addEventListener("dragend", () => { dragged = null; });

  // ----- flash messages: [data-dismiss]
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.parentElement.remove());

  // ----- keyboard: never inside inputs, never with a modifier but Ctrl/Cmd+K
  let going = 0;
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k" && palette) { event.preventDefault(); openPalette(); return; }
    if (event.key === "Escape") {
      const open = $("details[data-menu][open]");
      if (open) { open.open = false; $("summary", open).focus(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target) || $("dialog[open]")) return;
    if (Date.now() - going < 1200) {
      going = 0;
      const link = $(`[data-go="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    const act = {
      "g": () => { going = Date.now(); },
      "/": () => ($("[data-filter]") || $("[data-palette-open]"))?.focus(),
      "n": () => { const menu = $("[data-new]"); if (menu) { menu.open = true; $("a", menu)?.focus(); } },
      "j": () => moveRow(1),
      "k": () => moveRow(-1),
      "x": tickRow,
      "?": () => openDialog($("#keys")),
    }[event.key];
    if (act) { event.preventDefault(); act(); }
  });

  // ----- start, and again for what htmx brings in
  countTicks();
  $("[data-focus]")?.focus();
  $("form[data-send-at-once]")?.requestSubmit();
  document.addEventListener("htmx:afterSwap", countTicks);
})();
