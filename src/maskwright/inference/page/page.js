const $ = (id) => document.getElementById(id);
const view = $("view"), context = view.getContext("2d");
let photo = null, mask = null, running = false, links = [], results = [], chosen = null;

function say(text, bad) { $("state").textContent = text; $("state").className = bad ? "bad" : "soft"; }

async function maskImage(answer) {
  // The mask as a picture of its colours, transparent where no class of an object is.
  const bitmap = await createImageBitmap(answer.mask, { colorSpaceConversion: "none" });
  const canvas = document.createElement("canvas"), area = canvas.getContext("2d");
  canvas.width = bitmap.width; canvas.height = bitmap.height;
  area.drawImage(bitmap, 0, 0);
  const pixels = area.getImageData(0, 0, bitmap.width, bitmap.height), data = pixels.data;
  const shown = new Set(answer.classes.map(({ colour: [red, green, blue] }) => (red << 16) | (green << 8) | blue));
  for (let i = 0; i < data.length; i += 4) data[i + 3] = shown.has((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]) ? 255 : 0;
  area.putImageData(pixels, 0, 0);
  return canvas;
}

function draw() {
  if (!photo) return;
  view.width = photo.width; view.height = photo.height;
  context.globalAlpha = 1; context.drawImage(photo, 0, 0);
  if (mask) { context.globalAlpha = $("opacity").value / 100; context.drawImage(mask, 0, 0, view.width, view.height); }
}

function counted({ objects, specks }) {
  // Patches too small to be objects are named apart: they are in the mask and in its area.
  return objects - specks + (specks ? ` (+ ${specks} speck${specks === 1 ? "" : "s"})` : "");
}

function table(answer) {
  $("rows").replaceChildren(...answer.classes.map((one) => {
    const row = document.createElement("tr"), chip = document.createElement("span");
    chip.className = "chip"; chip.style.background = "rgb(" + one.colour.join() + ")";
    const name = row.insertCell(); name.append(chip, one.name);
    for (const text of [counted(one), one.area_px.toLocaleString("en"), (100 * one.share).toFixed(1) + " %", one.confidence === null ? "-" : one.confidence.toFixed(3)]) row.insertCell().textContent = text;
    return row;
  }));
}

function stem(name) { return name.replace(/\.[^.]*$/, ""); }

function offer(answer, name) {
  links.forEach((link) => URL.revokeObjectURL(link));
  const { mask: png, ...rest } = answer;
  links = [URL.createObjectURL(png), URL.createObjectURL(new Blob([JSON.stringify(rest)], { type: "application/json" }))];
  [$("mask-link").href, $("json-link").href] = links;
  $("mask-link").download = stem(name) + ".mask.png"; $("json-link").download = stem(name) + ".json";
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob); link.download = name; link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
}

async function show({ blob, name, answer }) {
  photo = await createImageBitmap(blob, { imageOrientation: "from-image" }).catch(() => null);
  mask = await maskImage(answer);
  if (!photo) photo = mask;  // a format that the browser does not show, such as TIFF
  $("result").hidden = false;
  draw(); table(answer); offer(answer, name);
}

async function choose(result) {
  $("downloads").hidden = false;
  chosen = result;
  for (const { button } of results) button.setAttribute("aria-pressed", String(button === result.button));
  await show(result);
}

async function keep(result) {
  const button = document.createElement("button");
  button.type = "button"; button.textContent = button.title = result.name;
  results.push(Object.assign(result, { button }));
  button.addEventListener("click", () => choose(result));
  $("shelf").append(button); $("shelf").hidden = $("every").hidden = results.length < 2;
  await choose(result);
}

function inView(answer) {
  const found = answer.classes.filter((one) => one.objects > one.specks).map((one) => `${one.objects - one.specks} ${one.name}`);
  return found.join(", ") || "no " + answer.classes.map((one) => one.name).join(", no ");
}

async function predict(blob, name) {
  const model = $("run").value, begin = performance.now(), seconds = () => ((performance.now() - begin) / 1000).toFixed(1) + " s";
  if (engine.hasPreview) {  // one scale first: the mask of all scales takes several times as long
    $("downloads").hidden = true;
    await show({ blob, name, answer: await engine.predict(blob, { model, preview: true, reduced: true }) });
    say(`${name}: preview after ${seconds()}, the mask follows ...`);
  }
  const answer = await engine.predict(blob, { model });
  await keep({ blob, name, answer });
  return `${inView(answer)}; masked in ${seconds()}`;
}

async function showFiles(list) {
  running = false;
  const failed = [];
  for (const [index, file] of [...list].entries()) {
    say(`predicting ${file.name} (${index + 1} of ${list.length}) ...`);
    try { say(`${file.name}: ${await predict(file, file.name)}`); }
    catch (error) { failed.push(`${file.name}: ${error.message}`); }
  }
  if (failed.length) say(failed.join("; "), true);
}

function rate() {
  const times = [];
  return () => { times.push(performance.now()); while (times.length > 20) times.shift(); return times.length < 2 ? 0 : 1000 * (times.length - 1) / (times.at(-1) - times[0]); };
}

async function camera() {
  const video = $("video"), model = $("run").value;
  say("opening the camera: the browser may ask you to allow it ...");
  try { video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1280 } } }); }
  catch (error) { say("no camera: " + error.message, true); return; }
  await video.play();
  const still = document.createElement("canvas"), perSecond = rate();
  running = true; chosen = null; $("stop").hidden = $("downloads").hidden = false; $("drop").hidden = $("camera").hidden = true;
  say("the camera is on: waiting for the first mask ...");
  while (running) {  // the next frame is taken when the answer is there: the latest wins, and no queue grows
    still.width = video.videoWidth; still.height = video.videoHeight;
    still.getContext("2d").drawImage(video, 0, 0);
    const blob = await new Promise((done) => still.toBlob(done, "image/jpeg", 0.9));
    try {
      const answer = await engine.predict(blob, { model, preview: engine.hasPreview });
      await show({ blob, name: "camera.jpg", answer });
      const speed = perSecond();
      say("The camera runs" + (speed ? `, ${speed.toFixed(1)} frames a second` : "") + (engine.hasPreview ? " at one scale" : "") + `. In view: ${inView(answer)}.`);
    } catch (error) { say(error.message, true); await new Promise((done) => setTimeout(done, 1000)); }
  }
  video.srcObject.getTracks().forEach((track) => track.stop()); $("stop").hidden = true; $("drop").hidden = $("camera").hidden = false;
}

async function source() {
  const perSecond = rate();
  running = true; $("drop").hidden = true; $("camera").hidden = true;
  $("downloads").hidden = $("table").hidden = true; $("opacity").parentElement.hidden = true;
  say("waiting for the first frame ...");
  while (running) {
    try {
      const frame = await engine.frame($("run").value);
      photo = await createImageBitmap(frame.blob); mask = null;
      $("result").hidden = false; draw();
      say(`${perSecond().toFixed(1)} frames a second, frame ${frame.number}, ${frame.skipped} skipped` + (frame.isLast ? "; the source has ended" : ""));
      if (frame.isLast) return;
    } catch (error) { say(error.message, true); await new Promise((done) => setTimeout(done, 1000)); }
  }
}

$("file").addEventListener("change", (event) => showFiles([...event.target.files]));
$("opacity").addEventListener("input", draw);
$("camera").addEventListener("click", camera);
$("stop").addEventListener("click", () => { running = false; });
$("overlay").addEventListener("click", () => view.toBlob((blob) => save(blob, (chosen ? stem(chosen.name) : "camera") + ".overlay.jpg"), "image/jpeg", 0.92));
$("every").addEventListener("click", () => { for (const { name, answer } of results) save(answer.mask, stem(name) + ".mask.png"); });
for (const kind of ["dragover", "dragleave", "drop"]) document.addEventListener(kind, (event) => {
  event.preventDefault(); $("drop").classList.toggle("over", kind === "dragover");
  if (kind === "drop" && !$("file").disabled) showFiles([...event.dataTransfer.files]);
});
(async () => {
  $("note").textContent = engine.note;
  say("loading the model ...");
  const facts = await engine.start();
  $("run").replaceChildren(...facts.models.map((name) => new Option(name, name)));
  $("models").hidden = facts.models.length < 2;
  const about = () => { const name = $("run").value; $("model").textContent = name === document.querySelector("h1").textContent ? "" : name; $("trust").textContent = facts.trust[name] || ""; };
  $("run").addEventListener("change", about);
  about();
  $("facts").replaceChildren(...facts.lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
  $("file").disabled = $("camera").disabled = false;
  say(facts.lines[0] || "");
  if (location.pathname === "/live") { if (facts.source) source(); else camera(); }
})().catch((error) => say(error.message, true));
