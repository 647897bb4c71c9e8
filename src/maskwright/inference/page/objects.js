// Objects of a mask: 8-connected components, the removal of small ones, and outlines along pixel corners.

function components(mask, size, classId) {
  // labels: Int32Array, 0 outside and 1, 2, ... in scan order; areas: pixels of each label, areas[0] unused.
  const { width, height } = size, labels = new Int32Array(width * height), parents = [0];
  const root = (label) => { while (parents[label] !== label) label = parents[label] = parents[parents[label]]; return label; };
  for (let y = 0, at = 0; y < height; y++) for (let x = 0; x < width; x++, at++) {
    if (mask[at] !== classId) continue;
    let label = 0;
    const join = (other) => {
      if (!other) return;
      const found = root(other);
      if (!label) label = found;
      else if (found !== label) { parents[Math.max(found, label)] = Math.min(found, label); label = Math.min(found, label); }
    };
    if (x) join(labels[at - 1]);
    if (y) { if (x) join(labels[at - width - 1]); join(labels[at - width]); if (x < width - 1) join(labels[at - width + 1]); }
    if (!label) { label = parents.length; parents.push(label); }
    labels[at] = label;
  }
  return numbered(labels, parents, root);
}

function numbered(labels, parents, root) {
  const numbers = new Int32Array(parents.length), areas = [0];
  for (let label = 1; label < parents.length; label++) if (parents[label] === label) { numbers[label] = areas.length; areas.push(0); }
  for (let label = 1; label < parents.length; label++) numbers[label] = numbers[root(label)];
  for (let at = 0; at < labels.length; at++) if (labels[at]) areas[labels[at] = numbers[labels[at]]]++;
  return { labels, areas };
}

function cleaned(mask, size, facts) {
  // As Segmenter.cleaned: the largest object alone, or neither a class nor an object below a share of the squared long side.
  const square = Math.max(size.width, size.height) ** 2, least = facts.least_patch * square;
  if (facts.one_object) return keptComponents(mask, size, 1, 0, (areas) => { const most = Math.max(...areas); let first = true; return areas.map((area) => first && area === most && !(first = false)); });
  if (facts.background === null) return mask;
  removeScarce(mask, facts.least_totals.map((share) => share * square), facts.background);
  if (least <= 1) return mask;
  for (const { id } of facts.classes) keptComponents(mask, size, id, facts.background, (areas) => areas.map((area) => area >= least));
  return mask;
}

function removeScarce(mask, leastPixels, background) {
  const totals = new Float64Array(256);
  for (let at = 0; at < mask.length; at++) totals[mask[at]]++;
  for (let at = 0; at < mask.length; at++) if (totals[mask[at]] < leastPixels[mask[at]]) mask[at] = background;
}

function keptComponents(mask, size, classId, background, choose) {
  const { labels, areas } = components(mask, size, classId);
  if (areas.length === 1) return mask;
  const kept = [true, ...choose(areas.slice(1))];
  for (let at = 0; at < mask.length; at++) if (!kept[labels[at]]) mask[at] = background;
  return mask;
}

const RIGHT = 1, DOWN = 2, LEFT = 4, UP = 8;

function edges(labels, { width, height }) {
  // Directed edges along pixel corners, the object at their right: bits of each corner of the (width+1) x (height+1) grid.
  const across = width + 1, bits = new Uint8Array(across * (height + 1));
  for (let y = 0, at = 0; y < height; y++) for (let x = 0; x < width; x++, at++) {
    if (!labels[at]) continue;
    const corner = y * across + x;
    if (!y || !labels[at - width]) bits[corner] |= RIGHT;
    if (x === width - 1 || !labels[at + 1]) bits[corner + 1] |= DOWN;
    if (y === height - 1 || !labels[at + width]) bits[corner + across + 1] |= LEFT;
    if (!x || !labels[at - 1]) bits[corner + across] |= UP;
  }
  return bits;
}

function rings(labels, size) {
  // Every ring once: {label, points: [[x, y], ...], isHole}. Diagonal neighbours belong together.
  const across = size.width + 1, bits = edges(labels, size), all = [];
  const step = { [RIGHT]: 1, [DOWN]: across, [LEFT]: -1, [UP]: -across };
  const leftOf = { [RIGHT]: UP, [DOWN]: RIGHT, [LEFT]: DOWN, [UP]: LEFT };
  for (let first = 0; first < bits.length; first++) while (bits[first] & RIGHT) {
    const points = [];
    let corner = first, way = RIGHT, before = 0, doubledArea = 0;
    do {
      const x = corner % across, y = (corner - x) / across;
      if (way !== before) points.push([x, y]);
      if (way === RIGHT) doubledArea -= y; else if (way === LEFT) doubledArea += y;
      if (before) bits[corner] &= ~way;  // the first edge stays until the ring comes back to it
      before = way; corner += step[way];
      way = bits[corner] & leftOf[before] || bits[corner];
    } while (corner !== first || way !== RIGHT);
    bits[first] &= ~RIGHT;
    const x = first % across, y = (first - x) / across;
    all.push({ label: labels[y * size.width + x], points, isHole: doubledArea < 0 });
  }
  return all;
}

function simplified(points, tolerance) {
  // Douglas-Peucker on a ring, cut at its first point and the one farthest from it.
  if (points.length < 4) return points;
  const square = ([ax, ay], [bx, by]) => (ax - bx) ** 2 + (ay - by) ** 2;
  let far = 0;
  for (let i = 1; i < points.length; i++) if (square(points[i], points[0]) > square(points[far], points[0])) far = i;
  return [...thinned(points.slice(0, far + 1), tolerance).slice(0, -1), ...thinned([...points.slice(far), points[0]], tolerance).slice(0, -1)];
}

function thinned(line, tolerance) {
  const kept = new Uint8Array(line.length), spans = [[0, line.length - 1]];
  kept[0] = kept[line.length - 1] = 1;
  while (spans.length) {
    const [from, to] = spans.pop(), [ax, ay] = line[from], dx = line[to][0] - ax, dy = line[to][1] - ay, length = Math.hypot(dx, dy);
    let most = tolerance, at = -1;
    for (let i = from + 1; i < to; i++) {
      const px = line[i][0] - ax, py = line[i][1] - ay, away = length ? Math.abs(dx * py - dy * px) / length : Math.hypot(px, py);
      if (away > most) { most = away; at = i; }
    }
    if (at > 0) { kept[at] = 1; spans.push([from, at], [at, to]); }
  }
  return line.filter((_, i) => kept[i]);
}

function polygons(labels, size) {
  // One polygon for each object; a hole is joined to its outline by a cut of no width, as in Python.
  const tolerance = Math.max(0.5, Math.max(size.width, size.height) / 1500), outlines = new Map(), holes = new Map();
  for (const ring of rings(labels, size)) {
    const points = simplified(ring.points, tolerance);
    if (points.length < 3) continue;
    if (ring.isHole) holes.set(ring.label, [...(holes.get(ring.label) || []), points]);
    else outlines.set(ring.label, points);
  }
  return [...outlines].map(([label, outline]) => {
    const inner = holes.get(label) || [];
    return inner.length ? [...outline, outline[0], ...inner.flatMap((hole) => [...hole, hole[0], outline[0]])] : outline;
  });
}
