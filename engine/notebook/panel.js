// The widget's front end: the live page in a frame of its own, and its questions carried to Python and back.
export default {
  render({ model, el }) {
    const frame = document.createElement("iframe");
    frame.setAttribute("sandbox", "allow-scripts allow-forms allow-downloads");
    frame.title = model.get("title");
    frame.style.cssText = `width: 100%; height: ${model.get("height")}px; border: 0;`;
    const view = Math.random().toString(36).slice(2);
    const carry = ({ data, source }) => {
      if (source === frame.contentWindow) model.send({ ...data, view });
    };
    const answer = (message) => {
      if (message.view !== view) return;
      if (message.page) frame.srcdoc = message.page;
      else frame.contentWindow?.postMessage(message, "*");
    };
    window.addEventListener("message", carry);
    model.on("msg:custom", answer);
    el.append(frame);
    model.send({ view, wantsPage: true });
    return () => {
      window.removeEventListener("message", carry);
      model.off("msg:custom", answer);
    };
  },
};
