// Class ids as a PNG whose palette shows the class colours, as maskwright writes masks.

function crcOf(bytes) {
  let crc = -1;
  for (const byte of bytes) { crc ^= byte; for (let i = 0; i < 8; i++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1; }
  return ~crc >>> 0;
}

function chunk(kind, data) {
  const bytes = new Uint8Array(data.length + 12), view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set([...kind].map((letter) => letter.charCodeAt(0)), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crcOf(bytes.subarray(4, data.length + 8)));
  return bytes;
}

async function through(bytes, transform) {
  return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(transform)).arrayBuffer());
}

async function palettePng(mask, { width, height }, colours) {
  const rows = new Uint8Array((width + 1) * height);
  for (let y = 0; y < height; y++) rows.set(mask.subarray(y * width, (y + 1) * width), y * (width + 1) + 1);
  const header = new Uint8Array(13), view = new DataView(header.buffer);
  view.setUint32(0, width); view.setUint32(4, height);
  header.set([8, 3, 0, 0, 0], 8);  // eight bits, a palette, no interlacing
  const signature = new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10]), data = await through(rows, new CompressionStream("deflate"));
  return new Blob([signature, chunk("IHDR", header), chunk("PLTE", new Uint8Array(colours.flat())), chunk("IDAT", data), chunk("IEND", new Uint8Array())], { type: "image/png" });
}
