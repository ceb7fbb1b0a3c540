// A sweep at the controls' point: its charts, which sweep_charts.py describes, and its tables, from every point's summary.
"use strict";
window.backtest.ready.then(() => {
  const { data, column, update, yen, yenMarks } = window.backtest;
  const { axes, measures, statistics, slider, other, columns, charts, currency, words } = data.study;
  const cube = column("cube");
  const shades = column("shade");
  const sizes = axes.map((axis) => axis.texts.length);
  const points = sizes.reduce((product, size) => product * size, 1);
  const control = document.getElementById("slider");
  const at = (id) => +document.getElementById(id).value;

  // plotly reads a little HTML in its texts: names are never markup.
  const label = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const placed = (text, values) => text.replace(/{(\w+)}/g, (_, name) => values[name]);
  const flat = (place) => place.reduce((index, position, axis) => index * sizes[axis] + position, 0);
  const moved = (place, axis, position) => place.map((old, i) => (i === axis ? position : old));
  const value = (m, s, place) => cube[(m * statistics + s) * points + flat(place)];

  const most = (of, list) => list.reduce((a, b) => of(a, b));

  // Numbers as voice.py says them.
  function digits(x, places) {
    return Math.abs(x).toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });
  }

  function money(x) {
    if (currency.myriads) return yen(Math.abs(x));
    return currency.symbol + digits(x, currency.cents && Math.abs(x) < 999.5 ? 2 : 0);
  }

  function say(x, kind) {
    if (!Number.isFinite(x)) return "-";
    const text = {
      money: () => money(x),
      percent: () => `${digits(x * 100, 2)}%`,
      times: () => placed(words.times, { n: digits(x, 2) }),
      years: () => placed(words.span_years, { n: digits(x, 1) }),
      count: () => digits(x, 0),
    }[kind]?.() ?? digits(x, 2);
    return `${x < 0 && /[1-9]/.test(text) ? "−" : ""}${text}`;
  }

  // What stands at a reference of a chart: see sweep_charts.py. ``shown`` collects what the chosen measure's axis shows.
  function filled(item, now, shown) {
    if (item === null || typeof item !== "object") return item;
    if (Array.isArray(item)) return item.map((each) => filled(each, now, shown));
    if ("cube" in item) return slice(item, now, shown);
    if ("axis" in item) return ofAxis(item.axis === "rows" ? now.rows : item.axis, item.as, now);
    if ("measure" in item) return ofMeasure(item.measure, now, shown);
    if ("years" in item) return overYears(item, now);
    return Object.fromEntries(Object.entries(item).map(([key, each]) => [key, filled(each, now, shown)]));
  }

  function slice({ cube: [m, s], over, at: set = {}, text, shade }, now, shown) {
    const measure = measures[m ?? now.measure];
    const along = (place, [axis, ...rest]) => {
      if (axis !== undefined) {
        const number = axis === "rows" ? now.rows : axis;
        return axes[number].texts.map((_, i) => along(moved(place, number, i), rest));
      }
      if (shade) return shades[(m ?? now.measure) * points + flat(place)];
      const x = value(m ?? now.measure, s, place);
      if (text) return say(x, measure.kind);
      if (m === null && Number.isFinite(x)) shown.push(x * measure.scale);
      return x * measure.scale;
    };
    return along(now.place.map((position, axis) => set[axis] ?? position), over);
  }

  function ofAxis(number, what, now) {
    const { values, texts } = axes[number];
    const here = now.place[number];
    const x = values ?? texts.map(label);
    const [left, right] = edges(values ?? texts.map((_, i) => i), here);
    return { x, texts: texts.map(label), here: x[here], text: label(texts[here]), left, right }[what];
  }

  // Of a cell: half way to its neighbours, the outermost as wide to both sides, as plotly draws them.
  function edges(x, i) {
    const lower = i > 0 ? (x[i] - x[i - 1]) / 2 : x.length > 1 ? (x[1] - x[0]) / 2 : 0.5;
    const upper = i + 1 < x.length ? (x[i + 1] - x[i]) / 2 : lower;
    return [x[i] - lower, x[i] + upper];
  }

  function overYears({ years, at: set = {} }, now) {
    const survival = column("survival");
    const count = survival.length / points;
    const begin = flat(now.place.map((position, axis) => set[axis] ?? position)) * count;
    const lasts = Array.from(survival.subarray(begin, begin + count));
    return years === "lasts" ? lasts : lasts.slice(1).map((share, i) => lasts[i] - share);
  }

  function ofMeasure(what, now, shown) {
    const told = measures[now.measure][what];
    if (!told.words || !shown.length) return told;
    const { tickvals, ticktext } = yenMarks(most(Math.min, shown), most(Math.max, shown));
    return { ...told, tickvals, ticktext };
  }

  // A column of the summary at a point, with its interval where it has one.
  function figure({ id: name, kind, interval }, index) {
    if (!interval) return say(column(name)[index], kind);
    const share = (key) => `${digits(column(key)[index] * 100, 1)}%`;
    const ends = placed(words.interval_of, { low: share(`${name}_low`), high: share(`${name}_high`) });
    return placed(words.noted, { text: share(name), note: ends });
  }

  // A measure's name, and how many of the windows have it where not all do.
  function named(m, index) {
    const known = column("known")[m * points + index];
    const of = column("windows")[index];
    const count = placed(words.of_all, { known: digits(known, 0), of: digits(of, 0) });
    return known === of ? measures[m].label : placed(words.noted, { text: measures[m].label, note: count });
  }

  function write(id, rows, current) {
    [...document.getElementById(id).tBodies[0].rows].forEach((row, i) => {
      rows[i].forEach((text, j) => (row.cells[j].textContent = text));
      row.className = i === current ? "total" : "";
    });
  }

  function render() {
    const place = axes.map((_, i) => (i === slider ? +control.value : at(`axis${i}`)));
    const now = { place, measure: at("measure"), rows: other === null ? slider : at("rows") };
    const text = axes[slider].texts[place[slider]];
    const index = flat(place);
    document.getElementById("slider-value").textContent = text;
    control.setAttribute("aria-valuetext", text);
    const spread = (m, there) => Array.from({ length: statistics }, (_, s) => say(value(m, s, there), measures[m].kind));
    write("readout", measures.map((_, m) => [named(m, index), ...spread(m, place)]));
    const note = columns.map((each) => `${each.label}${words.colon}${figure(each, index)}`);
    document.getElementById("readout-note").textContent = note.join(" · ");
    const rows = axes[slider].texts.map((own, i) => {
      const there = moved(place, slider, i);
      const of = (where) => columns.filter((each) => each.where === where).map((each) => figure(each, flat(there)));
      return [own, ...of("first"), ...spread(now.measure, there), ...of("last")];
    });
    write("by-weight", rows, place[slider]);
    const noise = measures[now.measure].noise;
    const limits = document.getElementById("heat-noise");
    if (limits) limits.textContent = noise.length > 1 ? noise[place[place.length - 1]] : noise[0];
    for (const [id, chart] of Object.entries(charts)) {
      const shown = [];
      const traces = filled(chart.data, now, shown);
      update(id, { data: traces, layout: filled(chart.layout, now, shown) });
    }
  }

  for (const each of document.querySelectorAll("#slider, .control select")) each.addEventListener("input", render);
  render();
});
