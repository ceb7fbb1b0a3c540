// Draws the page's figures with plotly, in the colours of the stylesheet, when they come into view.
"use strict";
window.backtest = (() => {
  const root = document.documentElement;
  const data = JSON.parse(document.getElementById("page-data").textContent);
  const dark = document.getElementById("dark");
  const byItself = dark.media;
  const wantsDark = window.matchMedia("(prefers-color-scheme: dark)");
  const coarse = window.matchMedia("(pointer: coarse)").matches;
  const columns = {};
  const drawn = new Set();
  let packed = {};
  let drawRest = () => {};  // what of the page is shown and not yet drawn

  function bytesOf(base64) {
    const text = atob(base64);
    const bytes = new Uint8Array(text.length);
    for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
    return bytes;
  }

  // A compressed part of the page, as text. DecompressionStream fetches nothing, so the policy need not open for it.
  function inflated(id) {
    const bytes = bytesOf(document.getElementById(id).textContent);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return new Response(stream).text();
  }

  // plotly.js runs only if it is, to the letter, the script whose hash stands in the page's policy.
  async function unfold() {
    const [script, numbers] = await Promise.all([inflated("plotly-js"), inflated("page-columns")]);
    packed = JSON.parse(numbers);
    const element = document.createElement("script");
    element.textContent = script;
    document.head.append(element);
  }

  function unpack(packed) {
    const bytes = bytesOf(packed.data);
    const numbers = packed.type === "i4" ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
    return packed.date ? Float64Array.from(numbers, (day) => day * 86400000) : numbers;
  }

  function column(name) {
    columns[name] ??= unpack(packed[name]);
    return columns[name];
  }

  function color(name) {
    return getComputedStyle(root).getPropertyValue(name).trim();
  }

  // Columns and colours stand by name in a figure: {"$": column, "k": scale} and "--colour".
  function resolved(item) {
    if (typeof item === "string") return item.startsWith("--") ? color(item) : item;
    if (item === null || typeof item !== "object" || ArrayBuffer.isView(item)) return item;
    if (Array.isArray(item)) return item.map(resolved);
    if ("$" in item) return "k" in item ? Float64Array.from(column(item.$), (x) => x * item.k) : column(item.$);
    return Object.fromEntries(Object.entries(item).map(([key, value]) => [key, resolved(value)]));
  }

  // Yen as the locale says them; one formatter for all, since making one takes longer than drawing a line.
  const { format: digits } = new Intl.NumberFormat("en-US", { maximumFractionDigits: 6 });
  const { form, myriads } = data.yen;
  const counted = (text) => form.replace("{n}", text);
  function yen(amount) {
    const whole = Math.round(Math.abs(amount));
    const sign = amount < 0 && whole ? "−" : "";
    if (whole < 1e4) return sign + counted(digits(whole));
    if (whole < 999500) return sign + counted(+(whole / 1e4).toFixed(1) + myriads[0]);
    let rest = Math.round(whole / 1e4);
    let text = "";
    for (const [i, word] of myriads.entries()) {
      const part = i < myriads.length - 1 ? rest % 1e4 : rest;
      text = (part ? digits(part) + word : "") + text;
      rest = Math.floor(rest / 1e4);
    }
    return sign + counted(text);
  }

  // Marks of an axis in round amounts, as figures.py chooses and writes them.
  function yenMarks(low, high) {
    const rough = (high - low) / 6 || 1;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((size) => size >= rough);
    const spots = [];
    for (let i = Math.ceil(low / step); i * step <= high; i++) spots.push(i * step);
    const short = (amount) => {
      const sizes = myriads.map((word, i) => [1e4 ** (i + 1), word]).reverse();
      const [size, word] = sizes.find(([n]) => Math.abs(amount) >= n) || [1, ""];
      return (amount < 0 ? "−" : "") + counted(digits(+(Math.abs(amount) / size).toPrecision(6)) + word);
    };
    return { words: true, tickvals: spots, ticktext: spots.map(short), hoverformat: ",.0f", ticksuffix: counted("") };
  }

  // What hovers over the lines of an axis whose amounts are said in words.
  function spoken(traces, axes) {
    for (const trace of traces) {
      if (!axes[`yaxis${(trace.yaxis || "y").slice(1)}`]?.words) continue;
      trace.customdata = Array.from(trace.y, yen);
      trace.hovertemplate = "%{customdata}";
    }
    return traces;
  }

  function axis(own) {
    const common = {
      automargin: true, gridcolor: color("--rule"), linecolor: color("--rule"), tickcolor: color("--rule"),
      zeroline: false, showline: false, ticks: "", fixedrange: coarse,
    };
    const title = own?.title ? { title: { standoff: 12, ...own.title } } : {};
    return { ...common, ...own, ...title };
  }

  function layout(own, height, width) {
    const body = getComputedStyle(document.body);
    const whole = {
      autosize: true, height, showlegend: false, dragmode: coarse ? false : "zoom",
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", separators: ".,",
      margin: { l: 4, r: 10, t: 10, b: 24, pad: 6 },
      font: { family: body.fontFamily, size: 12, color: color("--ink-2") },
      hoverlabel: {
        bgcolor: color("--paper"), bordercolor: color("--rule"), namelength: -1,
        font: { color: color("--ink"), family: body.fontFamily, size: 12 },
      },
      ...own,
    };
    if (width) whole.width = width;
    for (const name of ["xaxis", "yaxis", ...Object.keys(own)]) {
      if (/^[xy]axis\d*$/.test(name)) whole[name] = axis(whole[name]);
    }
    if (!("fixedrange" in (own.yaxis || {}))) whole.yaxis.fixedrange = true;
    return whole;
  }

  function draw(plot, width) {
    const figure = data.figures[plot.dataset.figure];
    drawn.add(plot);
    const options = { displayModeBar: false, responsive: true, showTips: false, doubleClick: "reset" };
    const traces = spoken(resolved(figure.data), figure.layout);
    return Plotly.react(plot, traces, layout(resolved(figure.layout), +plot.dataset.height, width), options);
  }

  // New lines and marks over what a figure shows already: its traces and axes stay as they are drawn.
  function mark(plot) {
    return Plotly.relayout(plot, { shapes: resolved(data.figures[plot.dataset.figure].layout.shapes) });
  }

  function redraw(printed) {
    for (const plot of drawn) draw(plot, printed && (plot.closest(".pair") ? 310 : 660));
  }

  // A figure that a control has changed.
  function update(id, figure) {
    Object.assign((data.figures[id] ??= { data: [], layout: {} }), figure);
    const plot = document.querySelector(`[data-figure="${id}"]`);
    if (drawn.has(plot)) draw(plot);
  }

  // Columns of a page that stays open take the place of those before.
  function renew(fresh) {
    Object.assign(packed, fresh);
    for (const name of Object.keys(fresh)) delete columns[name];
  }

  function watch() {
    const waiting = new Set(document.querySelectorAll("[data-figure]"));
    for (const plot of waiting) plot.style.minHeight = `${plot.dataset.height}px`;
    const show = (plot) => {
      if (waiting.delete(plot)) draw(plot);
    };
    const seen = new IntersectionObserver(
      (entries) => entries.filter((entry) => entry.isIntersecting).forEach((entry) => show(entry.target)),
      { rootMargin: "200px" },
    );
    waiting.forEach((plot) => seen.observe(plot));
    const idle = window.requestIdleCallback || ((task) => setTimeout(task, 60));
    const next = () => {
      const plot = [...waiting].find((each) => !each.closest("[hidden]"));
      if (plot) {
        show(plot);
        idle(next);
      } else root.dataset.drawn = "all";
    };
    drawRest = () => idle(next);
    drawRest();
    window.addEventListener("beforeprint", () => {
      dark.media = "not all";
      waiting.forEach(show);
      redraw(true);
    });
    window.addEventListener("afterprint", () => {
      dark.media = chosen();
      redraw();
    });
  }

  // Lists that choose among figures made beforehand, and among parts of the page.
  function choices() {
    const lists = [...document.querySelectorAll("select[data-choice]")];
    const apply = () => {
      const now = Object.fromEntries(lists.map((list) => [list.dataset.choice, list.value]));
      for (const plot of document.querySelectorAll("[data-figure-of]")) {
        plot.dataset.figure = plot.dataset.figureOf.replace(/\{(\w+)\}/g, (_, name) => now[name]);
        if (drawn.has(plot)) draw(plot);
      }
      for (const part of document.querySelectorAll("[data-when]")) {
        const conditions = part.dataset.when.split(" ").map((condition) => condition.split("="));
        part.hidden = conditions.some(([name, value]) => now[name] !== value);
      }
    };
    lists.forEach((list) => list.addEventListener("input", apply));
  }

  // The page in the money of the day or in today's: two readings, one of them hidden.
  function money() {
    const button = document.getElementById("money");
    if (!button) return;
    const parts = [...document.querySelectorAll("[data-money]")];
    const shown = () => parts.find((part) => !part.hidden).dataset.money;
    const name = () => (button.textContent = data.words[shown() === "real" ? "money_nominal" : "money_real"]);
    button.hidden = false;
    button.addEventListener("click", () => {
      for (const part of parts) part.hidden = !part.hidden;
      const prefix = shown() === "real" ? "#real-" : "#";
      for (const link of document.querySelectorAll("nav a")) link.hash = prefix + link.hash.replace(/^#(real-)?/, "");
      for (const plot of drawn) if (!plot.closest("[hidden]")) draw(plot);
      delete root.dataset.drawn;
      drawRest();
      name();
    });
    name();
  }

  let choice = null;
  const isDark = () => (choice === null ? wantsDark.matches : choice);
  const chosen = () => (choice === null ? byItself : choice ? "screen" : "not all");

  function theme() {
    const button = document.getElementById("theme");
    const apply = () => {
      dark.media = chosen();
      root.style.colorScheme = choice === null ? "" : choice ? "dark" : "light";
      button.textContent = data.words[isDark() ? "theme_light" : "theme_dark"];
      redraw();
    };
    button.hidden = false;
    button.addEventListener("click", () => {
      choice = !isDark();
      apply();
    });
    wantsDark.addEventListener("change", apply);
    apply();
  }

  theme();
  money();
  choices();
  const ready = document.getElementById("plotly-js") ? unfold() : Promise.resolve();
  ready.then(watch, () => {
    for (const plot of document.querySelectorAll("[data-figure]")) plot.textContent = data.words.no_charts;
  });
  return { data, column, color, draw, mark, renew, update, yen, yenMarks, ready };
})();
