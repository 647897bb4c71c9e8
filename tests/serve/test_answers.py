import json

import numpy as np

from maskwright.classes import class_table
from maskwright.serve.answers import Prediction, polygons_answer


def test_patches_too_small_to_be_objects_are_counted_apart() -> None:
    mask = np.zeros((40, 60), dtype=np.uint8)
    mask[5:15, 5:15] = 1
    mask[30, 50] = mask[35, 20] = 1
    photo, sure = np.zeros((40, 60, 3), dtype=np.uint8), np.ones((40, 60), dtype=np.float32)
    answer = polygons_answer(Prediction(photo, mask, sure, class_table(("background", "disc")), speck_px=16))
    facts = json.loads(answer)["classes"][0]
    assert (facts["objects"], facts["specks"], facts["area_px"]) == (3, 2, 102)
