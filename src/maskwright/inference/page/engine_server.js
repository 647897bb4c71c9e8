// The engine of a page that a server gives: photos go to it, and its answers come back.
const engine = {
  note: "They are sent to this server and nowhere else.",
  hasPreview: false,

  async start() {
    const facts = await (await this.call("/runs")).json();
    return { models: Object.keys(facts.runs), trust: facts.trust, source: facts.source, lines: [] };
  },

  async predict(blob, { model }) {
    const address = "/predict?format=all&run=" + encodeURIComponent(model);
    const response = await this.call(address, { method: "POST", body: blob, headers: { "Content-Type": blob.type || "application/octet-stream" } });
    const { mask_png, ...answer } = await response.json();
    return { ...answer, mask: new Blob([Uint8Array.from(atob(mask_png), (letter) => letter.charCodeAt(0))], { type: "image/png" }) };
  },

  async frame(model) {
    // The newest frame of the server's own source, its mask drawn on it.
    const response = await this.call("/live/frame?run=" + encodeURIComponent(model)), { headers } = response;
    return { blob: await response.blob(), number: headers.get("X-Frame"), skipped: headers.get("X-Frames-Skipped"), isLast: headers.get("X-Last-Frame") === "1" };
  },

  async call(path, options) {
    for (;;) {
      const token = sessionStorage.getItem("token");
      const headers = { ...(options && options.headers), ...(token ? { Authorization: "Bearer " + token } : {}) };
      const response = await fetch(path, { ...options, headers });
      if (response.ok) return response;
      if (response.status !== 401) throw new Error(await response.json().then((body) => body.error, () => "the server answered " + response.status));
      const given = prompt("This server needs a token");
      if (!given) throw new Error("no token was given");
      sessionStorage.setItem("token", given);
    }
  },
};
