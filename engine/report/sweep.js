// The figures of a sweep, drawn from the summary of every cell; each control redraws them at once.
"use strict";
window.backtest.ready.then(() => {
  const { data, column, update, yen, yenMarks } = window.backtest;
  const study = data.study;
  const words = study.words;
  const cube = column("cube");
  const sizes = study.axes.map((axis) => axis.texts.length);
  const cells = sizes.reduce((product, size) => product * size, 1);
  const slider = document.getElementById("slider");
  const japanese = document.documentElement.lang === "ja";
  const series = ["--s1", "--s2", "--s3", "--s4", "--s5", "--s6"];
  const symbols = ["circle", "square", "diamond", "cross", "triangle-up", "star"];
  const at = (id) => +document.getElementById(id).value;

  // plotly reads a little HTML in its texts: names are never markup.
  const label = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const filled = (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]);
  const marks = study.axes.map((axis) => axis.texts.map(label));

  const flat = (cell) => cell.reduce((index, position, axis) => index * sizes[axis] + position, 0);
  const has = (statistic) => study.statistics.includes(statistic);
  const value = (measure, statistic, cell) =>
    cube[(measure * study.statistics.length + study.statistics.indexOf(statistic)) * cells + flat(cell)];
  const moved = (cell, axis, position) => cell.map((old, i) => (i === axis ? position : old));
  const along = (axis, cell, pick) => study.axes[axis].texts.map((_, i) => pick(moved(cell, axis, i)));

  // Numbers as voice.py says them.
  function digits(x, places) {
    return Math.abs(x).toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  }

  function money(x) {
    if (study.currency === "JPY") return japanese ? yen(Math.abs(x)) : `¥${digits(x, 0)}`;
    const symbol = { USD: "$", EUR: "€", GBP: "£" }[study.currency] || `${study.currency} `;
    return symbol + digits(x, Math.abs(x) < 999.5 ? 2 : 0);
  }

  function say(x, kind) {
    if (!Number.isFinite(x)) return "-";
    const text = {
      money: () => money(x),
      percent: () => `${digits(x * 100, 2)}%`,
      loss: () => `${digits(x * 100, 2)}%`,
      weight: () => `${+Math.abs(x * 100).toFixed(2)}%`,
      times: () => `${digits(x, 2)}${japanese ? "倍" : "×"}`,
      count: () => digits(x, 0),
      days: () => `${digits(x, 0)}${japanese ? "日" : ""}`,
    }[kind]?.() ?? digits(x, 2);
    return `${x < 0 && /[1-9]/.test(text) ? "−" : ""}${text}`;
  }

  function axisOf(kind, least, most) {
    if (["percent", "loss", "weight"].includes(kind)) return { tickformat: ",.3~%", hoverformat: ".2%" };
    if (kind === "times") return { ticksuffix: japanese ? "倍" : "×", tickformat: ",.3~f", hoverformat: ".2f" };
    if (kind !== "money") return { tickformat: ",.4~f", hoverformat: ",.2f" };
    if (study.currency === "JPY" && japanese) return yenMarks(least, most);
    const symbol = { JPY: "¥", USD: "$", EUR: "€", GBP: "£" }[study.currency] || `${study.currency} `;
    return { scale: 1e-6, tickprefix: symbol, ticksuffix: "M", tickformat: ",.4~f", hoverformat: ",.3f" };
  }

  function measureAxis(measure, values, more) {
    const known = values.filter(Number.isFinite);
    const { scale = 1, ...axis } = axisOf(study.measures[measure].kind, Math.min(...known), Math.max(...known));
    return { scale, axis: { ...axis, ...more } };
  }

  function sliderAxis() {
    const axis = study.axes[study.slider];
    const numeric = axis.values.every((x) => x !== null);
    const style = axis.kind === "weight" || axis.kind === "percent" ? { tickformat: ",.3~%", hoverformat: ",.3~%" } : {};
    return {
      x: numeric ? axis.values : marks[study.slider],
      layout: { title: { text: label(axis.label) }, showgrid: false, type: numeric ? "linear" : "category", ...style },
    };
  }

  function fan(cell, measure) {
    const { x, layout } = sliderAxis();
    const line = (statistic) => along(study.slider, cell, (there) => value(measure, statistic, there));
    const every = study.statistics.filter((name) => name !== "worst").flatMap(line);
    const { scale, axis } = measureAxis(measure, every);
    const traces = [];
    for (const [low, high, name] of [["p5", "p95", "band_wide"], ["p25", "p75", "band_middle"]]) {
      if (!has(low) || !has(high)) continue;
      const edge = { type: "scatter", mode: "lines", x, line: { width: 0.4, color: "--s1" } };
      traces.push({ ...edge, y: line(high).map((y) => y * scale), name: words[high] });
      traces.push({ ...edge, y: line(low).map((y) => y * scale), name: words[low], fill: "tonexty", fillcolor: "--s1-fill" });
    }
    const median = line("median").map((y) => y * scale);
    traces.push({ type: "scatter", mode: "lines", x, y: median, name: words.median, line: { width: 2.2, color: "--s1" } });
    const here = cell[study.slider];
    traces.push({
      type: "scatter", mode: "markers", x: [x[here]], y: [median[here]], hoverinfo: "skip",
      marker: { size: 11, color: "--s1", line: { color: "--paper", width: 2 } },
    });
    const rule = { type: "line", yref: "paper", y0: 0, y1: 1, x0: x[here], x1: x[here], line: { color: "--ink-soft", width: 1.2, dash: "dot" } };
    update("fan", { data: traces, layout: { hovermode: "x unified", xaxis: layout, yaxis: axis, shapes: [rule] } });
  }

  function frontier(cell) {
    const groups = study.other === null ? [null] : study.axes[study.other].texts.map((_, i) => i);
    const risk = (there) => value(study.risk, "median", there);
    const reward = (there) => value(study.reward, "median", there);
    const place = (group) => (group === null ? cell : moved(cell, study.other, group));
    const xs = groups.flatMap((group) => along(study.slider, place(group), risk));
    const ys = groups.flatMap((group) => along(study.slider, place(group), reward));
    const across = measureAxis(study.risk, xs, { title: { text: label(study.measures[study.risk].label) } });
    const up = measureAxis(study.reward, ys, { title: { text: label(study.measures[study.reward].label) } });
    const traces = [];
    groups.forEach((group, i) => {
      const color = series[i % 6];
      const name = group === null ? "" : marks[study.other][group];
      const x = along(study.slider, place(group), risk).map((v) => v * across.scale);
      const y = along(study.slider, place(group), reward).map((v) => v * up.scale);
      const chosen = group === null || group === cell[study.other];
      traces.push({
        type: "scatter", mode: "lines+markers", x, y, name, text: marks[study.slider],
        hovertemplate: "%{text}<br>%{x}<br>%{y}<extra>%{fullData.name}</extra>",
        line: { color, width: 0.6 }, marker: { size: chosen ? 7 : 5, color, symbol: symbols[i % 6] },
      });
      const here = cell[study.slider];
      traces.push({
        type: "scatter", mode: "markers+text", x: [x[here]], y: [y[here]], hoverinfo: "skip",
        text: [marks[study.slider][here]], textposition: "top center", textfont: { color: "--ink" },
        marker: { size: chosen ? 13 : 9, color, symbol: symbols[i % 6], line: { color: "--paper", width: 2 } },
      });
    });
    update("frontier", { data: traces, layout: { hovermode: "closest", xaxis: across.axis, yaxis: up.axis } });
  }

  function heat(cell, measure) {
    const rows = at("rows");
    const { x, layout } = sliderAxis();
    const texts = marks[rows];
    const z = texts.map((_, i) => along(study.slider, moved(cell, rows, i), (there) => value(measure, "median", there)));
    const { scale, axis } = measureAxis(measure, z.flat());
    const here = cell[study.slider];
    const numeric = layout.type === "linear";
    const half = numeric && x.length > 1 ? (x[1] - x[0]) / 2 : 0.5;
    const middle = numeric ? x[here] : here;
    const { kind, better } = study.measures[measure];
    const smaller = better === "min" && kind !== "loss"; // the strongest colour is the best
    const bar = { thickness: 10, outlinewidth: 0, tickformat: axis.tickformat, tickprefix: axis.tickprefix, ticksuffix: axis.ticksuffix, tickvals: axis.tickvals, ticktext: axis.ticktext };
    update("heat", {
      data: [{
        type: "heatmap", x, y: texts, z: z.map((row) => row.map((v) => v * scale)), reversescale: smaller, xgap: 1, ygap: 2, colorbar: bar,
        text: z.map((row) => row.map((v) => say(v, kind))),
        hovertemplate: "%{x}, %{y}: %{text}<extra></extra>",
        colorscale: [[0, "--h0"], [0.25, "--h1"], [0.5, "--h2"], [0.75, "--h3"], [1, "--h4"]],
      }],
      layout: {
        height: 100 + 34 * Math.max(2, texts.length), hovermode: "closest", xaxis: layout,
        yaxis: { type: "category", showgrid: false, autorange: "reversed" },
        shapes: [{ type: "rect", yref: "paper", y0: 0, y1: 1, x0: middle - half, x1: middle + half, line: { color: "--ink", width: 2 } }],
      },
    });
  }

  function element(tag, text, attributes = {}) {
    const made = document.createElement(tag);
    made.textContent = text;
    for (const [name, to] of Object.entries(attributes)) made.setAttribute(name, to);
    return made;
  }

  function fill(table, headings, rows) {
    const head = document.createElement("thead");
    const body = document.createElement("tbody");
    const row = (parent, items) => parent.appendChild(document.createElement("tr")).append(...items);
    row(head, headings.map((text, i) => element("th", text, i ? { scope: "col", class: "num" } : { scope: "col" })));
    for (const { cells: [first, ...rest], current } of rows) {
      row(body, [element("th", first, { scope: "row" }), ...rest.map((text) => element("td", text, { class: "num" }))]);
      if (current) body.lastChild.className = "total";
    }
    table.replaceChildren(head, body);
  }

  // How often the money ran out, with its interval: where plans take money out.
  function dry(index) {
    const share = (name) => `${digits(column(name)[index] * 100, 1)}%`;
    return `${share("dry")} (${filled(words.interval_of, { low: share("dry_low"), high: share("dry_high") })})`;
  }

  // A measure's name, and how many of the windows have it where not all do.
  function named(label, measure, index) {
    if (!study.counted) return label;
    const known = column("known")[measure * cells + index];
    const of = column("windows")[index];
    return known === of ? label : `${label} (${filled(words.of_all, { known: digits(known, 0), of: digits(of, 0) })})`;
  }

  function readout(cell) {
    const rows = study.measures.map(({ label, kind }, measure) => ({
      cells: [named(label, measure, flat(cell)), ...study.statistics.map((statistic) => say(value(measure, statistic, cell), kind))],
    }));
    const index = flat(cell);
    const share = (name) => say(column(name)[index], "percent");
    const count = (name) => say(column(name)[index], "count");
    const lasted = study.dry ? column("dry_years")[index] : NaN;
    document.getElementById("readout-note").textContent = [
      ...(study.dry ? [`${words.ran_out}: ${dry(index)}`] : []),
      ...(Number.isFinite(lasted) ? [`${words.lasted_median}: ${filled(words.span_years, { n: digits(lasted, 1) })}`] : []),
      `${words.windows_word}: ${count("windows")} (${words.independent}: ${count("independent")})`,
      `${words.beat_core}: ${share("beat")}`,
      `${words.below_principal}: ${share("below")}`,
    ].join(japanese ? "、" : "; ");
    fill(document.getElementById("readout"), [words.figure_word, ...study.statistics.map((name) => words[name] || name)], rows);
  }

  function byWeight(cell, measure) {
    const axis = study.axes[study.slider];
    const kind = study.measures[measure].kind;
    const rows = axis.texts.map((text, i) => {
      const there = moved(cell, study.slider, i);
      const figures = study.statistics.map((statistic) => say(value(measure, statistic, there), kind));
      const share = study.dry ? [dry(flat(there))] : [];
      return { cells: [text, ...share, ...figures, say(column("beat")[flat(there)], "percent")], current: i === cell[study.slider] };
    });
    const headings = [axis.label, ...(study.dry ? [words.ran_out] : []), ...study.statistics.map((name) => words[name] || name), words.beat_core];
    fill(document.getElementById("by-weight"), headings, rows);
  }

  function render() {
    const cell = study.axes.map((_, i) => (i === study.slider ? +slider.value : at(`axis${i}`)));
    const text = study.axes[study.slider].texts[cell[study.slider]];
    document.getElementById("slider-value").textContent = text;
    slider.setAttribute("aria-valuetext", text);
    const measure = at("measure");
    readout(cell);
    byWeight(cell, measure);
    fan(cell, measure);
    frontier(cell);
    if (study.other !== null) heat(cell, measure);
  }

  for (const control of document.querySelectorAll("#slider, .control select")) control.addEventListener("input", render);
  render();
});
