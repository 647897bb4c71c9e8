// Beside the page: ONNX Runtime with the exported network. Photos come as blobs, answers go as the server's do.
const MOST_DIFFERENT = 0.001, IGNORE = 255, REDUCED_SIDE = 1600;
let session, facts;

self.onmessage = async ({ data }) => {
  try { postMessage({ id: data.id, value: data.start ? await start(data.start) : await predict(data.photo, data) }); }
  catch (error) { postMessage({ id: data.id, error: String((error && error.message) || error) }); }
};

async function start(parts) {
  facts = parts.facts;
  runtime.env.wasm.numThreads = 1;
  runtime.env.wasm.wasmBinary = (await through(parts.wasm, new DecompressionStream("gzip"))).buffer;
  const model = await through(parts.model, new DecompressionStream("gzip"));
  // The other simplifications of the graph take longer at the start than they save.
  session = await runtime.InferenceSession.create(model, { executionProviders: ["wasm"], graphOptimizationLevel: "basic" });
  return selfTest(parts.photo, parts.mask);
}

async function pixelsOf(blob, longSide = Infinity) {
  const options = { imageOrientation: "from-image", colorSpaceConversion: "none", premultiplyAlpha: "none" };
  const bitmap = await createImageBitmap(blob, options).catch(() => { throw new Error("this browser cannot read it as a photo: give a JPEG, PNG or WebP"); });
  const { width, height } = bitmap;
  if (width * height > facts.megapixels * 1e6) throw new Error(`${(width * height / 1e6).toFixed(0)} megapixels are more than the ${facts.megapixels} that a browser holds: reduce the photo, or use maskwright`);
  const smaller = Math.min(1, longSide / Math.max(width, height)), [wide, high] = [width, height].map((side) => Math.max(1, Math.round(side * smaller)));
  const area = new OffscreenCanvas(wide, high).getContext("2d", { willReadFrequently: true });
  area.imageSmoothingQuality = "high";
  area.drawImage(bitmap, 0, 0, wide, high);
  return Object.assign(area.getImageData(0, 0, wide, high), { full: { width, height } });
}

function withoutAlpha({ data, width, height }) {
  const photo = new Uint8Array(3 * width * height);
  for (let from = 0, to = 0; from < data.length; from += 4, to += 3) { photo[to] = data[from]; photo[to + 1] = data[from + 1]; photo[to + 2] = data[from + 2]; }
  return photo;
}

async function segment(pixels, sides, mirrors) {
  // The cleaned mask (Uint8Array of class ids) and the probability of each pixel's class (Float32Array).
  const inputs = {
    photo: new runtime.Tensor("uint8", withoutAlpha(pixels), [pixels.height, pixels.width, 3]),
    long_sides: new runtime.Tensor("float64", Float64Array.from(sides), [sides.length]),
    mirrors: new runtime.Tensor("int64", BigInt64Array.of(mirrors), []),
  };
  const { classes, confidence } = await session.run(inputs);
  return { mask: cleaned(new Uint8Array(classes.data), pixels, facts), confidence: confidence.data };
}

async function selfTest(photo, truth) {
  const begin = performance.now(), expected = await pixelsOf(truth), { mask } = await segment(await pixelsOf(photo), [facts.test_long_side], 1n);
  let pixels = 0, different = 0;
  for (let at = 0; at < mask.length; at++) {
    const wanted = expected.data[4 * at];
    if (wanted === IGNORE) continue;
    pixels++; if (wanted !== mask[at]) different++;
  }
  return { pixels, different, passed: different <= MOST_DIFFERENT * pixels, ms: performance.now() - begin };
}

async function predict(blob, { preview, reduced }) {
  // Reduced: a picture to look at until the mask is there. Areas are of the whole photo, the polygons and the mask of the reduced one.
  const pixels = await pixelsOf(blob, reduced ? Math.max(REDUCED_SIDE, facts.preview_long_side) : Infinity), { width, height } = pixels.full;
  const sides = preview ? [facts.preview_long_side] : facts.long_sides, mirrors = preview || !facts.mirrored ? 1n : 2n;
  const { mask, confidence } = await segment(pixels, sides, mirrors);
  const regions = [], classes = facts.classes.map((one) => classFacts(one, mask, confidence, pixels, regions));
  const mean = confidence.reduce((sum, value) => sum + value, 0) / confidence.length;
  return { width, height, classes, mean_confidence: rounded(mean, 4), polygons: regions, mask: await palettePng(mask, pixels, facts.colours) };
}

function classFacts({ id, name, colour }, mask, confidence, size, regions) {
  const { labels, areas } = components(mask, size, id), area = areas.reduce((sum, one) => sum + one, 0);
  const least = facts.speck_share * Math.max(size.width, size.height) ** 2, specks = areas.slice(1).filter((one) => one < least).length;
  let sure = 0;
  for (let at = 0; at < mask.length; at++) if (labels[at]) sure += confidence[at];
  for (const points of polygons(labels, size)) regions.push({ class: name, points });
  const { width, height } = size.full;
  return { id, name, colour, area_px: Math.round(area * width * height / mask.length), share: rounded(area / mask.length, 6), objects: areas.length - 1, specks, confidence: area ? rounded(sure / area, 4) : null };
}

function rounded(value, digits) { return Number(value.toFixed(digits)); }
