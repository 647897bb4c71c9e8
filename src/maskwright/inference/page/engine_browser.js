// The engine of a page that holds the network: a worker computes it, and nothing leaves the page.
const engine = {
  note: "They stay in this page: nothing is sent anywhere.",
  waiting: new Map(),

  async start() {
    const facts = JSON.parse(this.text("facts")), worker = new Blob([this.text("worker")], { type: "text/javascript" });
    this.hasPreview = facts.long_sides.length > 1 || facts.mirrored;
    this.worker = new Worker(URL.createObjectURL(worker));
    this.worker.onmessage = ({ data }) => this.settle(data.id, data);
    this.worker.onerror = (event) => { for (const id of [...this.waiting.keys()]) this.settle(id, { error: event.message || "the worker has stopped: load the page again" }); };
    const png = (id) => new Blob([this.bytes(id)], { type: "image/png" });
    const parts = { facts, wasm: this.bytes("wasm"), model: this.bytes("model"), photo: png("photo"), mask: png("mask") };
    const test = await this.ask({ start: parts });
    const words = test.different ? `differs in ${test.different.toLocaleString("en")} of ${test.pixels.toLocaleString("en")} pixels` : "identical";
    if (!test.passed) throw new Error(`Self-test failed: the mask ${words}. This browser computes otherwise than PyTorch, so no mask is shown: try another browser.`);
    return { models: [facts.name], trust: { [facts.name]: facts.trust }, source: false, lines: [`Self-test: ${words}, in ${(test.ms / 1000).toFixed(1)} s`, ...facts.lines] };
  },

  predict(blob, { preview, reduced }) { return this.ask({ photo: blob, preview, reduced }); },

  ask(message) {
    const id = (this.last = (this.last || 0) + 1);
    return new Promise((resolve, reject) => { this.waiting.set(id, { resolve, reject }); this.worker.postMessage({ id, ...message }); });
  },

  settle(id, { value, error }) {
    const { resolve, reject } = this.waiting.get(id) || {};
    this.waiting.delete(id);
    if (error !== undefined) reject && reject(new Error(error)); else resolve && resolve(value);
  },

  text(id) { return document.getElementById("part-" + id).textContent; },

  bytes(id) {
    const text = this.text(id);
    if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
    const letters = atob(text), bytes = new Uint8Array(letters.length);
    for (let at = 0; at < letters.length; at++) bytes[at] = letters.charCodeAt(at);
    return bytes;
  },
};
