// The page's little script: it sends what a person does, and fetches the parts of the page anew when something changes.
"use strict";

const state = {
  as: document.body.dataset.as,
  in: document.body.dataset.in,
  thread: "",
  side: "",
};
const last = {};
const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];
const modal = $("#modal");

// Talking to the server ------------------------------------------------------------------------------------------

async function send(path, body) {
  try {
    const response = await fetch(`/sandbox/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ as: state.as, ...body }),
    });
    const answer = await response.json();
    if (answer.refused) toast(answer.refused);
    return answer;
  } catch {
    toast("The sandbox does not answer. Is it still running?");
    return { refused: true };
  }
}

let toastTimer;
function toast(words) {
  const box = $("#toast");
  box.textContent = words;
  box.classList.add("shown");
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.classList.remove("shown"), 5000);
}

// Keeping up to date ---------------------------------------------------------------------------------------------

let refreshing = null;
let again = false;

function refresh() {
  if (refreshing) {
    again = true;
    return refreshing;
  }
  refreshing = fetchParts().finally(() => {
    refreshing = null;
    if (again) {
      again = false;
      refresh();
    }
  });
  return refreshing;
}

async function fetchParts() {
  const query = new URLSearchParams({ as: state.as, in: state.in, side: state.side, thread: state.thread });
  let parts;
  try {
    const response = await fetch(`/sandbox/parts?${query}`);
    if (!response.ok) return;
    parts = await response.json();
  } catch {
    return;
  }
  for (const [name, html] of Object.entries(parts)) {
    if (last[name] !== html) replace(name, html);
  }
}

// Put new HTML in place of the old, and keep what the person has typed, opened, scrolled to and focused.
function replace(name, html) {
  last[name] = html;
  const part = $(`[data-part="${name}"]`);
  const kept = remember(part);
  part.innerHTML = html;
  recall(part, kept);
  if (name === "side") part.hidden = !html.trim();
  if (name === "modal") showModal(kept);
  $$("[data-external]", part).forEach(showChips);
}

function remember(part) {
  const focused = part.contains(document.activeElement) ? document.activeElement : null;
  return {
    view: $("[data-view]", part)?.dataset.view,
    fields: $$("[name]", part).filter((field) => field.dataset.touched).map((field) => [field.name, field.value]),
    open: $$("details[open]", part).map(keyOf).filter(Boolean),
    scroll: $$("[data-scroll]", part).map((box) => [box.dataset.scroll, box.scrollTop, atBottom(box)]),
    focus: focused && (focused.name || focused.id || keyOf(focused)),
  };
}

function recall(part, kept) {
  const sameView = $("[data-view]", part)?.dataset.view === kept.view;
  for (const [name, value] of sameView ? kept.fields : []) {
    const field = $$("[name]", part).find((each) => each.name === name);
    if (field) {
      field.value = value;
      field.dataset.touched = "yes";
    }
  }
  $$("details", part).forEach((each) => {
    if (kept.open.includes(keyOf(each))) each.open = true;
  });
  for (const box of $$("[data-scroll]", part)) {
    const before = kept.scroll.find(([key]) => key === box.dataset.scroll);
    const stick = "stick" in box.dataset && (!before || before[2]);
    box.scrollTop = stick ? box.scrollHeight : before ? before[1] : 0;
  }
  if (kept.focus) {
    $$("[name], [id], button, summary, a", part)
      .find((each) => [each.name, each.id, keyOf(each)].includes(kept.focus))
      ?.focus({ preventScroll: true });
  }
}

function keyOf(element) {
  const data = element.dataset;
  return data.keep || element.id || (data.action && `${data.block}/${data.action}/${data.given || ""}`) || data.go || "";
}

function atBottom(box) {
  return box.scrollHeight - box.scrollTop - box.clientHeight < 40;
}

function showModal(kept) {
  const form = $("form", modal);
  if (!form) {
    if (modal.open) modal.close();
    return;
  }
  if (!modal.open) modal.showModal();
  if (form.dataset.view !== kept.view) {
    const invalid = $("[aria-invalid]", form);
    const first = invalid || $("[autofocus], .modal-body input, .modal-body select, .modal-body textarea", form);
    (first || $("footer .primary, footer .button", form)).focus();
  } else {
    const invalid = $("[aria-invalid]", form);
    if (invalid && !form.contains(document.activeElement)) invalid.focus();
  }
}

function live() {
  const source = new EventSource("/sandbox/live");
  source.addEventListener("changed", refresh);
  source.addEventListener("open", refresh);
  setInterval(refresh, 30000);
}

// Going somewhere else -------------------------------------------------------------------------------------------

function go(place) {
  state.in = place;
  state.thread = "";
  if (state.side === "thread") state.side = "";
  history.pushState({ in: place }, "", `?as=${state.as}&in=${place}`);
  if (place === "home" || $(".conversation.app")?.dataset.go === place) {
    send("acts/home", { tab: place === "home" ? "home" : "messages" });
  }
  refresh();
}

window.addEventListener("popstate", (event) => {
  state.in = event.state?.in || document.body.dataset.in;
  refresh();
});

function openSide(name, thread = "") {
  state.side = state.side === name && !thread ? "" : name;
  state.thread = thread;
  refresh().then(() => $("#thread-text")?.focus());
}

// What stands in the fields --------------------------------------------------------------------------------------

function surfaceOf(element) {
  const view = element.closest("[data-view]");
  if (view) return { view_id: view.dataset.view };
  const message = element.closest("[data-ts]");
  return { channel: message.dataset.channel, ts: message.dataset.ts };
}

function rootOf(element) {
  return element.closest("[data-view]") || element.closest("[data-ts]");
}

function given(field) {
  const kind = field.dataset.input;
  if (kind === "radio_buttons") return $("input:checked", field)?.value ?? null;
  if (field.classList.contains("choices")) return $$("input:checked", field).map((box) => box.value);
  if (kind === "file_input") return JSON.parse(field.dataset.files);
  if ("external" in field.dataset) {
    const chosen = JSON.parse(field.dataset.chosen);
    return "several" in field.dataset ? chosen : (chosen[0] ?? null);
  }
  return field.value;
}

function entries(root) {
  return $$("[data-input]", root).map((field) => ({
    block_id: field.dataset.block,
    action_id: field.dataset.action,
    given: given(field),
  }));
}

// Acting ---------------------------------------------------------------------------------------------------------

async function act(element, value) {
  const confirmed = element.dataset.confirm ? await ask(JSON.parse(element.dataset.confirm)) : null;
  if (confirmed === false) return;
  const button = element.closest("button");
  if (button) button.setAttribute("aria-busy", "true");
  element.parentElement.querySelector(".trouble")?.remove();
  const root = rootOf(element);
  const others = root.matches("[data-view]") ? entries(root).filter((entry) => entry.action_id !== element.dataset.action) : [];
  const answer = await send("acts/act", {
    ...surfaceOf(element),
    block_id: element.dataset.block,
    action_id: element.dataset.action,
    given: value,
    confirmed,
    entries: others,
  });
  if (button) button.removeAttribute("aria-busy");
  if (answer.error) warn(element, answer.error);
  element.closest("details.menu")?.removeAttribute("open");
  if (element.dataset.url) window.open(element.dataset.url, "_blank", "noopener");
  refresh();
}

function warn(element, words) {
  const sign = document.createElement("span");
  sign.className = "trouble";
  sign.setAttribute("role", "alert");
  sign.textContent = `⚠ ${words}`;
  (element.closest("details.menu") || element).after(sign);
}

// The dialog that asks whether one is sure. Resolves to true or false.
function ask(dialog) {
  const box = $("#confirm");
  box.replaceChildren();
  const title = Object.assign(document.createElement("h2"), { id: "confirm-title", textContent: dialog.title.text });
  const words = Object.assign(document.createElement("p"), { textContent: dialog.text.text });
  const row = Object.assign(document.createElement("div"), { className: "actions" });
  const deny = Object.assign(document.createElement("button"), { className: "button", textContent: dialog.deny.text });
  const confirm = Object.assign(document.createElement("button"), {
    className: `button ${dialog.style === "danger" ? "danger" : "primary"}`,
    textContent: dialog.confirm.text,
  });
  row.append(deny, confirm);
  box.append(title, words, row);
  return new Promise((resolve) => {
    box.returnValue = "";
    deny.onclick = () => box.close("no");
    confirm.onclick = () => box.close("yes");
    box.onclose = () => resolve(box.returnValue === "yes");
    box.showModal();
  });
}

async function submitModal(form) {
  const button = $("footer .primary", form);
  button.setAttribute("aria-busy", "true");
  await send("acts/submit", { view_id: form.dataset.view, entries: entries(form) });
  button.removeAttribute("aria-busy");
  await refresh();
  $("[aria-invalid] input, [aria-invalid]", modal)?.focus();
}

function closeModal(everything) {
  const form = $("form", modal);
  if (form) send("acts/close", { view_id: form.dataset.view, everything }).then(refresh);
}

// External selects: the bot suggests while one types -------------------------------------------------------------

function showChips(box) {
  const chosen = JSON.parse(box.dataset.chosen);
  $(".chips", box).replaceChildren(
    ...chosen.map((option, index) => {
      const chip = Object.assign(document.createElement("span"), { className: "chip", textContent: option.text.text });
      const remove = Object.assign(document.createElement("button"), { type: "button", textContent: "×" });
      remove.setAttribute("aria-label", `Remove ${option.text.text}`);
      remove.onclick = () => choose(box, chosen.filter((_, at) => at !== index));
      chip.append(remove);
      return chip;
    }),
  );
}

function choose(box, chosen) {
  box.dataset.chosen = JSON.stringify(chosen);
  showChips(box);
  if ("live" in box.dataset) act(box, given(box));
}

let searchTimer;
function search(input) {
  const box = input.closest("[data-external]");
  const list = $(".completions", box);
  clearTimeout(searchTimer);
  list.hidden = true;
  if (input.value.length < Number(box.dataset.least)) return;
  searchTimer = setTimeout(async () => {
    const answer = await send("acts/suggest", {
      ...surfaceOf(box), block_id: box.dataset.block, action_id: box.dataset.action, query: input.value,
    });
    const rows = (answer.options || []).map((option) => {
      const row = Object.assign(document.createElement("button"), { type: "button", className: "menu-row", textContent: option.text.text });
      row.setAttribute("role", "option");
      row.onclick = () => {
        input.value = "";
        list.hidden = true;
        choose(box, "several" in box.dataset ? [...JSON.parse(box.dataset.chosen), option] : [option]);
        input.focus();
      };
      return row;
    });
    list.replaceChildren(...(rows.length ? rows : [Object.assign(document.createElement("p"), { className: "menu-empty", textContent: "No results" })]));
    list.hidden = false;
  }, 200);
}

async function upload(input) {
  const field = input.closest("[data-input]");
  const ids = JSON.parse(field.dataset.files);
  for (const file of input.files) {
    const query = new URLSearchParams({ as: state.as, name: file.name });
    const answer = await (await fetch(`/sandbox/upload?${query}`, { method: "POST", body: file })).json();
    if (answer.refused) {
      toast(answer.refused);
      continue;
    }
    ids.push(answer.id);
    $(".uploaded", field).append(Object.assign(document.createElement("li"), { textContent: answer.name }));
  }
  field.dataset.files = JSON.stringify(ids);
  input.value = "";
}

// The message field ----------------------------------------------------------------------------------------------

const composer = $("#composer");
const field = $("#composer-text");
const completions = $("#completions");

function complete() {
  const typed = field.value;
  const matching = /^\/\S*$/.test(typed)
    ? $$("[data-command]", $("#commands").content).filter((row) => row.dataset.command.startsWith(typed))
    : [];
  completions.replaceChildren(...matching.map((row) => row.cloneNode(true)));
  completions.hidden = !matching.length;
  completions.firstElementChild?.setAttribute("aria-selected", "true");
  field.style.height = "auto";
  field.style.height = `${Math.min(field.scrollHeight, 200)}px`;
}

function take(row) {
  field.value = `${row.dataset.command} `;
  field.focus();
  complete();
}

function move(step) {
  const rows = [...completions.children];
  const at = rows.findIndex((row) => row.getAttribute("aria-selected") === "true");
  rows[at]?.removeAttribute("aria-selected");
  rows[(at + step + rows.length) % rows.length].setAttribute("aria-selected", "true");
}

field.addEventListener("input", complete);
field.addEventListener("keydown", (event) => {
  const chosen = completions.hidden ? null : $('[aria-selected="true"]', completions);
  if (chosen && ["ArrowDown", "ArrowUp"].includes(event.key)) {
    event.preventDefault();
    move(event.key === "ArrowDown" ? 1 : -1);
  } else if (chosen && (event.key === "Tab" || (event.key === "Enter" && field.value !== chosen.dataset.command))) {
    event.preventDefault();
    take(chosen);
  } else if (event.key === "Escape") {
    completions.hidden = true;
  } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    composer.requestSubmit();
  }
});

composer.addEventListener("submit", async (event) => {
  event.preventDefault();
  const text = field.value.trim();
  if (!text) return;
  field.value = "";
  complete();
  let place = state.in;
  if (place === "home") {
    place = $(".conversation.app").dataset.go;
    go(place);
  }
  const answer = await send(text.startsWith("/") ? "acts/command" : "acts/say", { channel: place, text });
  if (answer.refused) {
    field.value = text;
    complete();
  }
  refresh();
});

// Everything else that is clicked, changed or typed ---------------------------------------------------------------

const clicks = {
  "[data-click]": (element) => act(element, element.dataset.given ?? null),
  "[data-go]": (element) => go(element.dataset.go),
  "[data-close]": (element) => closeModal(element.dataset.close === "all"),
  "[data-thread]": (element) => openSide("thread", element.dataset.thread),
  "[data-side]": (element) => (element.dataset.side ? openSide(element.dataset.side) : openSide(state.side)),
  "[data-command]": (element) => take(element),
  "[data-advance]": (element) => send("advance", { hours: Number(element.dataset.advance) }).then(refresh),
  "[data-fault]": (element) => send("faults", JSON.parse(element.dataset.fault)).then(refresh),
  "[data-clear-record]": () => send("record/clear", {}).then(refresh),
  "[data-deactivate]": (element) => send("people", { person: element.dataset.deactivate, deactivated: true }).then(refresh),
  "[data-reactivate]": (element) => send("people", { person: element.dataset.reactivate, deactivated: false }).then(refresh),
  "[data-channel-bot]": (element) => send("channels", { channel: state.in, bot: element.dataset.channelBot }).then(refresh),
  "[data-shortcut]": async (element) => {
    element.closest("details").open = false;
    const answer = await send("acts/shortcut", { callback_id: element.dataset.shortcut });
    if (answer.error) toast(answer.error);
    refresh();
  },
};

document.addEventListener("click", (event) => {
  $$("details.menu[open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
  for (const [selector, handle] of Object.entries(clicks)) {
    const element = event.target.closest(selector);
    if (element) {
      if (event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      handle(element);
      return;
    }
  }
});

document.addEventListener("change", (event) => {
  const target = event.target;
  if (target.matches("[data-scope]")) send("faults", { scope: target.dataset.scope, granted: target.checked });
  else if (target.matches("[data-double]")) send("faults", { double_delivery: target.checked });
  else if (target.type === "file") upload(target);
  else {
    const element = target.closest("[data-input]");
    if (element && "live" in element.dataset && !("external" in element.dataset)) act(element, given(element));
  }
});

document.addEventListener("input", (event) => {
  event.target.dataset.touched = "yes";
  if (event.target.closest("[data-external]")) search(event.target);
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (form.matches(".modal-form")) {
    event.preventDefault();
    submitModal(form);
  } else if (form.matches("[data-thread-form]")) {
    event.preventDefault();
    const input = $("input", form);
    const answer = await send("acts/say", { channel: state.in, text: input.value, thread_ts: form.dataset.threadForm });
    if (!answer.refused) {
      input.value = "";
      delete input.dataset.touched;
    }
    refresh();
  } else if (form.matches("[data-fault-form]")) {
    event.preventDefault();
    await send("faults", { [form.dataset.faultForm]: Object.fromEntries(new FormData(form)) });
    refresh();
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  $$("details.menu[open]").forEach((menu) => (menu.open = false));
  $$(".completions.inside").forEach((list) => (list.hidden = true));
});

modal.addEventListener("cancel", (event) => {
  event.preventDefault();
  closeModal(false);
});

history.replaceState({ in: state.in }, "");
if (state.in === "home") send("acts/home", { tab: "home" });
refresh();
live();
