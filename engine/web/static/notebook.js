// The live page inside a notebook: what it would ask a server goes to the notebook's Python, message by message.
"use strict";
(() => {
  const asked = new Map();
  let number = 0;

  window.addEventListener("message", ({ data, source }) => {
    const mine = source === window.parent && asked.get(data.id);
    if (!mine) return;
    if (data.status) {
      mine.answer(new Response(mine.body, { status: data.status, headers: { "content-type": data.kind } }));
    } else if (data.text) mine.more.enqueue(new TextEncoder().encode(data.text));
    else if (data.done) {
      mine.more.close();
      asked.delete(data.id);
    }
  });

  window.fetch = (path, { body, signal, headers }) =>
    new Promise((answer, refuse) => {
      const id = ++number;
      let more;
      const stream = new ReadableStream({ start: (controller) => (more = controller) });
      asked.set(id, { answer, more, body: stream });
      window.parent.postMessage({ id, path, body, kind: headers["content-type"] }, "*");
      signal?.addEventListener("abort", () => {
        if (!asked.delete(id)) return;
        window.parent.postMessage({ id, isOff: true }, "*");
        const gone = new DOMException("called off", "AbortError");
        more.error(gone);
        refuse(gone);
      });
    });

  // There is no address to hold the plan, and no page of another language to go to.
  history.replaceState = () => {};
  for (const button of document.querySelectorAll("[data-lang]")) button.hidden = true;

  // Files are made here and saved.
  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form)).toString();
    const kind = "application/x-www-form-urlencoded";
    const path = new URL(form.action, "http://notebook/").pathname;
    const answer = await fetch(path, { body, headers: { "content-type": kind } });
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([await answer.text()], { type: answer.headers.get("content-type") }));
    link.download = document.title + (path === "/yaml" ? ".yaml" : ".html");
    link.click();
  });
})();
