"""The text of the functions that the graph around the network calls. See onnx.parser for the language."""

FUNCTIONS = """
<domain: "maskwright", opset_import: ["" : 18, "maskwright" : 1]>
windows (length, count, shrinks) => (first, share, width) {
    # Output i is the mean over [start, start + width): by area when shrinking, by the bilinear rule when enlarging.
    step = Div(length, count)
    one = Constant <value = double {1.0}> ()
    half = Constant <value = double {0.5}> ()
    zero = Constant <value = double {0.0}> ()
    width = Where(shrinks, step, one)
    index = Range(zero, count, one)
    centred = Add(index, half)
    middle = Mul(centred, step)
    half_width = Mul(width, half)
    unbound = Sub(middle, half_width)
    most = Sub(length, width)
    bounded = Min(unbound, most)
    start = Max(bounded, zero)
    end = Add(start, width)
    ends = Concat <axis = 0> (start, end)
    floor = Floor(ends)
    first = Cast <to = 7> (floor)
    share = Sub(ends, floor)
}

<domain: "maskwright", opset_import: ["" : 18, "maskwright" : 1]>
scaled_axis (sums, length, count, shrinks) => (scaled) {
    # `sums` are cumulative sums over axis 0, with a row of zeros before and the last row twice after.
    first, share, width = maskwright.windows(length, count, shrinks)
    one = Constant <value = int64 {1}> ()
    columns = Constant <value = int64[2] {-1, 1}> ()
    next = Add(first, one)
    below_sums = Gather <axis = 0> (sums, first)
    below = Cast <to = 11> (below_sums)
    above_sums = Gather <axis = 0> (sums, next)
    above = Cast <to = 11> (above_sums)
    rise = Sub(above, below)
    share_column = Reshape(share, columns)
    part = Mul(rise, share_column)
    at_ends = Add(below, part)
    from, to = Split <axis = 0, num_outputs = 2> (at_ends)
    total = Sub(to, from)
    scaled = Div(total, width)
}

<domain: "maskwright", opset_import: ["" : 18, "maskwright" : 1]>
cumulated (values) => (sums) {
    axis = Constant <value = int64 {0}> ()
    running = CumSum(values, axis)
    ends = Constant <value = int64[4] {1, 0, 0, 0}> ()
    before = Pad <mode = "constant"> (running, ends)
    after = Constant <value = int64[4] {0, 0, 1, 0}> ()
    sums = Pad <mode = "edge"> (before, after)
}

<domain: "maskwright", opset_import: ["" : 18, "maskwright" : 1]>
tile_starts (length) => (starts) {
    # One start if the tile covers the length, else evenly spaced, neighbours overlapping by a quarter or more.
    tile = Constant <value = double {$TILE}> ()
    step = Constant <value = double {$STEP}> ()
    zero = Constant <value = double {0.0}> ()
    one = Constant <value = double {1.0}> ()
    unbound = Sub(length, tile)
    spare = Max(unbound, zero)
    steps = Div(spare, step)
    gaps = Ceil(steps)
    count = Add(gaps, one)
    divisor = Max(gaps, one)
    index = Range(zero, count, one)
    gap = Div(spare, divisor)
    places = Mul(index, gap)
    rounded = Round(places)
    starts = Cast <to = 7> (rounded)
}

<domain: "maskwright", opset_import: ["" : 18, "maskwright" : 1]>
tile_ramp (length) => (ramp) {
    # Weights along one side of a tile: 1 in the middle, falling towards its edges, never 0.
    zero = Constant <value = int64 {0}> ()
    one = Constant <value = int64 {1}> ()
    index = Range(zero, length, one)
    from_start = Add(index, one)
    from_end = Sub(length, index)
    nearest = Min(from_start, from_end)
    near = Cast <to = 1> (nearest)
    whole = Cast <to = 1> (length)
    faded_share = Constant <value = float {$FADE}> ()
    fade = Mul(whole, faded_share)
    rising = Div(near, fade)
    least = Constant <value = float {0.001}> ()
    full = Constant <value = float {1.0}> ()
    ramp = Clip(rising, least, full)
}

<domain: "maskwright", opset_import: ["" : 18, "maskwright" : 1]>
padding_of (length) => (padding) {
    least = Constant <value = int64 {$LEAST}> ()
    stride = Constant <value = int64 {$STRIDE}> ()
    one = Constant <value = int64 {1}> ()
    at_least = Max(length, least)
    more = Add(at_least, stride)
    most = Sub(more, one)
    strides = Div(most, stride)
    padded = Mul(strides, stride)
    padding = Sub(padded, length)
}
"""
