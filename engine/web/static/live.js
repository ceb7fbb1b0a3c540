// The live page: sends what the controls say, shows what comes back, keeps the plan in the address behind the #.
"use strict";
(() => {
  const { data, draw, mark, renew } = window.backtest;
  const { lang, words, plan: first, most } = data.live;
  const root = document.documentElement;
  const token = new URLSearchParams(location.search).get("token") || "";
  const element = (id) => document.getElementById(id);
  const state = { link: first, name: "", pins: [], years: 10, command: "" };
  let changes = {}; // what the server has not taken yet
  let pressed = ""; // the button that the server has not taken yet
  let wantsForm = true;
  let running = null;
  let isWaiting = false;
  let asked = 0; // when the oldest change that is not yet shown was made

  // --- the address -------------------------------------------------------------------------------------------

  function readAddress() {
    const held = new URLSearchParams(location.hash.slice(1));
    state.link = held.get("plan") || first;
    state.pins = held.getAll("pin").slice(0, most - 1);
    state.years = +held.get("years") || 10;
    element("years").value = String(state.years);
    if (!element("years").value) state.years = +(element("years").value = "10");
  }

  function fragment() {
    const held = new URLSearchParams([["plan", state.link], ...state.pins.map((pin) => ["pin", pin])]);
    if (state.years !== 10) held.set("years", String(state.years));
    return `#${held}`;
  }

  function writeAddress() {
    history.replaceState(null, "", location.pathname + location.search + fragment());
  }

  // --- asking ------------------------------------------------------------------------------------------------

  // One question at a time: a newer one ends the refining of the older as soon as that one's first figures are drawn.
  function ask() {
    if (running && !running.isShown) {
      isWaiting = true;
      return;
    }
    if (running) running.abort.abort();
    answer();
  }

  async function answer() {
    const mine = (running = { abort: new AbortController(), isShown: false, sent: changes, begun: asked });
    const body = { link: state.link, set: changes, lang, years: state.years, form: wantsForm, press: pressed };
    changes = {};
    pressed = "";
    root.dataset.state = "busy";
    try {
      const response = await fetch("/live", post(body, mine.abort.signal));
      if (!response.ok) throw new Error((await response.json()).error);
      for await (const [kind, value] of events(response.body)) show(kind, value, mine);
    } catch (error) {
      if (mine.sent) changes = { ...mine.sent, ...changes };
      if (error.name !== "AbortError") {
        problem(error instanceof TypeError ? words.gone : error.message);
        forget();
      }
    }
    mine.isShown = true;
    if (running !== mine) return;
    running = null;
    root.dataset.state = "still";
    if (isWaiting) {
      isWaiting = false;
      ask();
    }
  }

  function post(body, signal) {
    return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body), signal };
  }

  // The events of a text/event-stream, as they come.
  async function* events(stream) {
    const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      text += value;
      const parts = text.split("\n\n");
      text = parts.pop();
      for (const part of parts) {
        const [kind, json] = part.split("\n");
        yield [kind.slice(7), JSON.parse(json.slice(6))];
      }
    }
  }

  // --- showing -----------------------------------------------------------------------------------------------

  function show(kind, value, mine) {
    if (kind === "refused") throw new Error(value.error);
    if (kind === "plan") understood(value, mine);
    place(value);
    if (value.isFirst) {
      mine.isShown = true;
      if (mine.begun) took(mine.begun);
      if (isWaiting) {
        isWaiting = false;
        ask();
      }
    }
    if (kind === "done") {
      element("spoken").textContent = element("answer").querySelector(".headline")?.textContent || "";
      root.dataset.answers = +(root.dataset.answers || 0) + 1;
    }
  }

  // How long the last changes took from the control to the frame that shows them, in milliseconds, for the benchmark.
  function took(begun) {
    requestAnimationFrame(() =>
      setTimeout(() => {
        (window.took ??= []).push(performance.now() - begun);
        if (window.took.length > 1000) window.took.shift();
      }),
    );
  }

  const PARTS = ["answer", "starts-answer", "law", "grounds", "futures-answer"];
  const filled = new Set(); // parts and figures that are of the page's plan

  // Where an answer broke off, what is still of the plan before is no figure of this one.
  function forget() {
    for (const id of PARTS) if (!filled.has(id)) element(id).replaceChildren();
    for (const id of Object.keys(plots)) if (!filled.has(`figure-${id}`)) element(`figure-${id}`).hidden = true;
  }

  function understood(plan, mine) {
    filled.clear();
    state.link = plan.link;
    state.name = plan.name;
    mine.sent = null;
    if (plan.html) wantsForm = false;
    if (plan.html) setTimeout(wentOn);
    problem("");
    writeAddress();
    element("plan-name").textContent = plan.name;
    document.title = plan.name;
    element("sha256").textContent = plan.sha256;
    state.command = `backtest run ${plan.name}.yaml${data.live.option}`;
    element("command").textContent = state.command;
    if (document.activeElement !== element("yaml")) element("yaml").value = plan.yaml;
    for (const input of document.querySelectorAll("input[name=link]")) input.value = plan.link;
    const slider = element("slider-value");
    if (slider && !changes[sliderOf()?.dataset.key]) said(sliderOf(), plan.slider);
  }

  let goOn = null; // where the keyboard goes once the form is drawn anew

  function wentOn() {
    goOn?.();
    goOn = null;
  }

  const sliderOf = () => element("main-control").querySelector("input");

  function said(slider, text) {
    slider.setAttribute("aria-valuetext", text);
    element("slider-value").textContent = text;
  }

  // HTML of the server's templates, columns and figures, each in its place.
  function place(part) {
    for (const [id, html] of Object.entries(part.html || {})) {
      replace(element(id), html);
      filled.add(id);
    }
    for (const [id, isHidden] of Object.entries(part.hidden || {})) {
      element(`figure-${id}`).hidden = isHidden;
      filled.add(`figure-${id}`);
    }
    renew(part.columns || {});
    for (const [id, figure] of Object.entries(part.figures || {})) {
      const plot = plots[id];
      filled.add(`figure-${id}`);
      const isMoved = plot.dataset.figure && !stale.has(plot) && isLike(figure, data.figures[id]);
      data.figures[id] = figure;
      element(`figure-${id}`).hidden = false;
      if (isMoved && inSight.has(plot)) {
        mark(plot);
        continue;
      }
      element(`legend-${id}`).innerHTML = figure.legend;
      plot.dataset.figure = id;
      plot.style.minHeight = `${plot.dataset.height}px`;
      if (inSight.has(plot)) draw(plot);
      else stale.add(plot);
    }
  }

  // Whether two figures differ in their marks alone, as a curve's do while one looks at another point of it. Numbers
  // that stand in columns of their own are new each time.
  function isLike(one, other) {
    const text = ({ data, layout: { shapes, ...rest }, legend }) => JSON.stringify([data, rest, legend]);
    return !!one.layout.shapes && text(one) === text(other) && !text(one).includes('{"$":');
  }

  // New HTML; who stood in it with the keyboard stands there again.
  function replace(where, html) {
    const focused = where.contains(document.activeElement) ? document.activeElement.id : "";
    const open = [...where.querySelectorAll("details[open]")].map((item) => item.id);
    const closed = [...where.querySelectorAll("details:not([open])")].map((item) => item.id);
    where.innerHTML = html;
    for (const item of where.querySelectorAll("details[id]")) {
      if (open.includes(item.id)) item.open = true;
      if (closed.includes(item.id)) item.open = false;
    }
    if (focused) element(focused)?.focus();
  }

  function problem(text) {
    element("problem").textContent = text;
    element("problem").hidden = !text;
    element("undo").hidden = !text;
  }

  // Charts out of sight are drawn when they come into it.
  const plots = Object.fromEntries([...document.querySelectorAll("[data-live]")].map((p) => [p.dataset.live, p]));
  const inSight = new Set();
  const stale = new Set();
  const eye = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) inSight.delete(target);
        else {
          inSight.add(target);
          if (stale.delete(target)) draw(target);
        }
      }
    },
    { rootMargin: "100px" },
  );
  Object.values(plots).forEach((plot) => eye.observe(plot));

  // --- the controls ------------------------------------------------------------------------------------------

  const digits = (text) => text.replace(/[０-９．，−－]/g, (c) => "0123456789.,--"["０１２３４５６７８９．，−－".indexOf(c)]);
  const number = (text) => {
    const bare = digits(text).replace(/[,\s_円¥$%％]/g, "");
    return bare === "" ? null : Number.isNaN(+bare) ? text : +bare;
  };
  const share = (text) => {
    const found = number(text);
    return typeof found === "number" ? +(found / 100).toPrecision(12) : found;
  };

  // What a control's text is in the configuration; a text that is no number goes as it is, and is refused in words.
  const kinds = {
    amount: number,
    whole: number,
    number,
    percent: share,
    date: (text) => text || null,
    text: (text) => text,
    name: (text) => text.trim() || null,
    entries: (text) => {
      const found = [...digits(text).matchAll(/(\d{4}-\d{1,2}-\d{1,2})[\s:：=]+([\d,.]+)/g)];
      return found.length ? found.map(([, date, amount]) => ({ date, amount: number(amount) })) : text;
    },
    symbol: (text) => text.trim(),
    bonus: (text) => (number(text) ? { months: [6, 12], amount: number(text) } : null),
    weights: (text) =>
      Object.fromEntries(
        [...digits(text).matchAll(/([A-Za-z0-9^._=-]+)[\s:=]+([\d.]+)\s*[%％]?/g)].map(([, name, part]) => [name, share(part)]),
      ),
  };

  function changed(input) {
    const { key, kind } = input.dataset;
    if (kind === "list") Object.assign(changes, JSON.parse(input.value));
    else {
      const value = kind === "check" ? input.checked : kinds[kind](input.value);
      if (input.dataset.empty && !value) Object.assign(changes, JSON.parse(input.dataset.empty));
      else changes[key] = value;
      if (input.dataset.also) Object.assign(changes, JSON.parse(input.dataset.also));
    }
    if ("again" in input.dataset) wantsForm = true;
    asked = performance.now();
    ask();
  }

  let typing = 0;
  let typed = null; // the control whose text is still being typed
  function taken() {
    clearTimeout(typing);
    if (typed) changed(typed);
    typed = null;
  }
  element("plan").addEventListener("input", ({ target }) => {
    if (!target.dataset.kind) return;
    if (typed !== target) taken();
    clearTimeout(typing);
    if (target.type === "range") {
      said(target, `${+target.value}%`);
      changed(target);
      return;
    }
    typed = target;
    typing = setTimeout(taken, target.tagName === "SELECT" || target.type === "checkbox" ? 0 : 350);
  });

  // Adds or takes away one of several. Who added something goes on in its first control; who took something away, at
  // the button that adds another.
  element("plan").addEventListener("click", ({ target }) => {
    if (!("press" in target.dataset)) return;
    taken();
    pressed = target.id;
    const item = target.closest("fieldset");
    const add = item ? item.dataset.add : target.id;
    goOn = () => {
      const last = item ? null : [...document.querySelectorAll(`fieldset[data-add="${add}"]`)].pop();
      (last ? last.querySelector("input, select") : element(add))?.focus();
    };
    wantsForm = true;
    asked = performance.now();
    ask();
  });
  element("plan").addEventListener("submit", (event) => event.preventDefault());
  element("undo").addEventListener("click", () => {
    changes = {};
    pressed = "";
    wantsForm = true;
    ask();
    element("main").focus();
  });
  element("years").addEventListener("input", ({ target }) => {
    state.years = +target.value;
    asked = performance.now();
    ask();
  });

  for (const button of document.querySelectorAll("[data-lang]")) {
    button.addEventListener("click", () => {
      const search = new URLSearchParams(location.search);
      search.set("lang", button.dataset.lang);
      location.href = `${location.pathname}?${search}${fragment()}`;
    });
  }

  // --- plans side by side ------------------------------------------------------------------------------------

  function listPins() {
    element("pins").replaceChildren(
      ...state.pins.map((pin, at) => {
        const item = document.createElement("li");
        const button = document.createElement("button");
        button.type = "button";
        button.className = "quiet";
        button.textContent = words.unpin.replace("{n}", String(at + 2));
        button.addEventListener("click", () => {
          state.pins.splice(at, 1);
          pinned();
          element("pin").focus();
        });
        item.append(button);
        return item;
      }),
    );
    element("pin").disabled = state.pins.length >= most - 1 || state.pins.includes(state.link);
  }

  let compared = "";

  async function pinned() {
    writeAddress();
    listPins();
    const now = [state.link, ...state.pins].join();
    if (now === compared) return;
    compared = now;
    if (!state.pins.length) {
      element("compared").replaceChildren();
      return;
    }
    const plans = [state.link, ...state.pins].map((link) => ({ link }));
    try {
      const response = await fetch("/live/compare", post({ plans, lang }));
      const found = await response.json();
      if (compared !== now) return; // other plans are compared by now, and may have come first
      if (!response.ok) throw new Error(found.error);
      place(found);
    } catch (error) {
      if (compared === now) element("compared").textContent = error instanceof TypeError ? words.gone : error.message;
    }
  }

  element("pin").addEventListener("click", () => {
    state.pins.push(state.link);
    pinned();
  });

  // --- keeping -----------------------------------------------------------------------------------------------

  function kept(text) {
    element("kept").textContent = text;
  }

  async function copied(text) {
    try {
      await navigator.clipboard.writeText(text);
      kept(words.copied);
    } catch {
      kept(text);
    }
  }

  element("copy-link").addEventListener("click", () => copied(`${location.origin}${location.pathname}${fragment()}`));
  element("copy-command").addEventListener("click", () => copied(state.command));
  element("apply").addEventListener("click", async () => {
    const response = await fetch("/live/read", post({ yaml: element("yaml").value, lang })).catch(() => null);
    const found = response ? await response.json() : { error: words.gone };
    if (found.error) {
      problem(found.error);
      kept(found.error);
      return;
    }
    state.link = found.link;
    changes = {};
    wantsForm = true;
    kept("");
    ask();
  });
  element("save").hidden = !token;
  element("save").addEventListener("click", async () => {
    const response = await fetch("/api/save", post({ link: state.link, lang, token })).catch(() => null);
    const found = response ? await response.json() : { error: words.gone };
    kept(found.error || words.saved.replace("{folder}", found.folder));
  });

  // Pins are compared anew when the plan has come to rest.
  new MutationObserver(() => {
    if (root.dataset.state === "still") pinned();
  }).observe(root, { attributes: true, attributeFilter: ["data-state"] });

  window.addEventListener("hashchange", () => {
    readAddress();
    wantsForm = true;
    changes = {};
    ask();
  });
  if (window.matchMedia("(max-width: 56rem)").matches) element("all-controls").open = false;
  readAddress();
  ask();
})();
