"""The text of the graph that removes small patches from a mask, as `Segmenter.mask_of_logits` does."""

LABEL_FUNCTIONS = """
<domain: "maskwright", opset_import: ["" : 18, "maskwright" : 1]>
spread (labels) => (largest) {
    # The largest of the 3x3 neighbours.
    rows = Constant <value = int64[4] {1, 0, 1, 0}> ()
    columns = Constant <value = int64[4] {0, 1, 0, 1}> ()
    by_row = Constant <value = int64[1] {0}> ()
    by_column = Constant <value = int64[1] {1}> ()
    none = Constant <value = int64[1] {0}> ()
    two = Constant <value = int64[1] {2}> ()
    most = Constant <value = int64[1] {9223372036854775807}> ()
    last_but_one = Constant <value = int64[1] {-2}> ()
    tall = Pad <mode = "constant"> (labels, rows)
    above = Slice(tall, none, last_but_one, by_row)
    below = Slice(tall, two, most, by_row)
    vertical = Max(above, labels, below)
    wide = Pad <mode = "constant"> (vertical, columns)
    left = Slice(wide, none, last_but_one, by_column)
    right = Slice(wide, two, most, by_column)
    largest = Max(left, vertical, right)
}

<domain: "maskwright", opset_import: ["" : 18, "maskwright" : 1]>
components (patch) => (labels) {
    # Each 8-connected component of a boolean map gets a number of its own above 0: that of its last pixel, plus one.
    shape = Shape(patch)
    size = Size(patch)
    one = Constant <value = int64 {1}> ()
    flat = Constant <value = int64[1] {-1}> ()
    nothing = Constant <value = int32[1] {0}> ()
    limit = Constant <value = int64 {1000000}> ()
    yes = Constant <value = bool {1}> ()
    size_next = Add(size, one)
    long_numbers = Range(one, size_next, one)
    numbers = Cast <to = 6> (long_numbers)
    on = Cast <to = 6> (patch)
    own = Reshape(numbers, shape)
    first = Mul(own, on)
    labels = Loop <body = round_body (int64 round, bool go, int32[r_, c_] before)
        => (bool changed, int32[r_, c_] after) {
        near = maskwright.spread(before)
        seen = Mul(near, on)
        before_flat = Reshape(before, flat)
        seen_flat = Reshape(seen, flat)
        parents = Concat <axis = 0> (nothing, before_flat)
        hooked = ScatterElements <axis = 0, reduction = "max"> (parents, before_flat, seen_flat)
        once = Gather <axis = 0> (hooked, seen_flat)
        higher = Gather <axis = 0> (hooked, once)
        after = Reshape(higher, shape)
        is_same = Equal(after, before)
        same = Cast <to = 7> (is_same)
        all_same = ReduceMin <keepdims = 0> (same)
        changed = Less(all_same, one)
    }> (limit, yes, first)
}

<domain: "maskwright", opset_import: ["" : 18, "maskwright" : 1]>
areas_of (labels) => (areas) {
    # The area of each pixel's component, 0 outside.
    shape = Shape(labels)
    flat = Constant <value = int64[1] {-1}> ()
    zero = Constant <value = int32 {0}> ()
    one = Constant <value = int64 {1}> ()
    labels_flat = Reshape(labels, flat)
    on = Greater(labels_flat, zero)
    ones = Cast <to = 7> (on)
    size = Shape(labels_flat)
    more = Add(size, one)
    none = ConstantOfShape <value = int64[1] {0}> (more)
    counts = ScatterElements <axis = 0, reduction = "add"> (none, labels_flat, ones)
    of_pixel = Gather <axis = 0> (counts, labels_flat)
    areas = Reshape(of_pixel, shape)
}
"""

SCARCE_FIRST = """shown_0 = Identity(strongest_classes)
    long_squared = Mul(photo_long, photo_long)
    ground = Constant <value = uint8 {$BACKGROUND}> ()"""

SCARCE = """scarce_class_$CLASS = Constant <value = uint8 {$CLASS}> ()
    shows_$CLASS = Equal(shown_$BEFORE, scarce_class_$CLASS)
    ones_$CLASS = Cast <to = 7> (shows_$CLASS)
    total_$CLASS = ReduceSum <keepdims = 0> (ones_$CLASS)
    total_real_$CLASS = Cast <to = 11> (total_$CLASS)
    least_total_$CLASS = Constant <value = double {$LEAST_TOTAL}> ()
    least_pixels_$CLASS = Mul(least_total_$CLASS, long_squared)
    is_scarce_$CLASS = Less(total_real_$CLASS, least_pixels_$CLASS)
    gone_$CLASS = And(is_scarce_$CLASS, shows_$CLASS)
    shown_$AFTER = Where(gone_$CLASS, ground, shown_$BEFORE)"""

UNCLEANED = "classes = Identity(strongest_classes)"

LARGEST = """class_one = Constant <value = uint8 {1}> ()
    of_object = Equal(strongest_classes, class_one)
    labels = maskwright.components(of_object)
    areas = maskwright.areas_of(labels)
    all_areas = Reshape(areas, minus_one)
    largest_place = ArgMax <axis = 0, keepdims = 0> (all_areas)
    all_labels = Reshape(labels, minus_one)
    largest_label = Gather <axis = 0> (all_labels, largest_place)
    in_largest = Equal(labels, largest_label)
    of_largest = And(in_largest, of_object)
    classes = Cast <to = 2> (of_largest)"""

SMALL_FIRST = """classes_$BEFORE = Identity(strongest_classes)
    least_share = Constant <value = double {$LEAST_PATCH}> ()
    long_square = Mul(photo_long, photo_long)
    least_area = Mul(least_share, long_square)
    background = Constant <value = uint8 {$BACKGROUND}> ()"""

SMALL = """class_$CLASS = Constant <value = uint8 {$CLASS}> ()
    of_$CLASS = Equal(classes_$BEFORE, class_$CLASS)
    labels_$CLASS = maskwright.components(of_$CLASS)
    areas_$CLASS = maskwright.areas_of(labels_$CLASS)
    areas_real_$CLASS = Cast <to = 11> (areas_$CLASS)
    is_small_$CLASS = Less(areas_real_$CLASS, least_area)
    removed_$CLASS = And(is_small_$CLASS, of_$CLASS)
    classes_$AFTER = Where(removed_$CLASS, background, classes_$BEFORE)"""
