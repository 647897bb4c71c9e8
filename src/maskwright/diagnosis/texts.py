"""Why each fault of a diagnosis comes about, in two sentences, and where it can be read up."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """The mechanism of a fault in two sentences, and a source that explains it."""

    mechanism: str
    read_more: str = ""


TEXTS: dict[str, Text] = {
    "pred-shuffled": Text(
        "Photos and masks were listed separately and paired by their place, and the lists are sorted differently (1, "
        "10, 2 against 1, 2, 10) or one was shuffled. Each prediction may be right, but it is compared with another "
        "photo's truth, and a model trained on such pairs learns nothing but the mean mask.",
        "https://docs.python.org/3/library/pathlib.html#pathlib.Path.glob (files come in no particular order)",
    ),
    "pred-flipped": Text(
        "The photo, or the prediction, was mirrored on the way (test-time augmentation that was not undone, an axis "
        "that counts from the bottom) and the mask was not. Every object is drawn well, in the mirrored place.",
        "https://pillow.readthedocs.io/en/stable/reference/ImageOps.html#PIL.ImageOps.exif_transpose",
    ),
    "pred-turned": Text(
        "Rows and columns were exchanged (width x height against height x width), or a viewer turned the photo by its "
        "EXIF orientation while the loader did not. The mask is right in the other frame.",
        "https://pillow.readthedocs.io/en/stable/reference/ImageOps.html#PIL.ImageOps.exif_transpose",
    ),
    "pred-shifted": Text(
        "Padding was added on one side and cut from the other, valid convolutions were not compensated, or tiles were "
        "stitched with a wrong offset. The shape is right, and every boundary pays for the shift twice.",
        "Ronneberger et al. 2015, U-Net: https://arxiv.org/abs/1505.04597 (unpadded convolutions crop the borders)",
    ),
    "pred-scaled": Text(
        "The photo was resized, padded or cropped for the network, and the way back used another rule, size or "
        "corner. What is predicted is right in the network's frame and wrong in the photo's.",
        "https://docs.opencv.org/4.x/da/d54/group__imgproc__transform.html (resize)",
    ),
    "pred-inverted": Text(
        "The channel or the side of the sigmoid that stands for the background was taken for the object, or masks are "
        "white where nothing is. The boundary is right and both sides of it are exchanged.",
        "https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html",
    ),
    "classes-swapped": Text(
        "Training and truth number the classes in different orders, as happens when each tool sorts names its own "
        "way. The network tells the classes apart, and the table calls them by each other's names.",
        "https://cocodataset.org/#format-data (category ids are defined by each file's own table)",
    ),
    "classes-offset": Text(
        "One side counts classes from 1 (or leaves out the background), the other from 0. Every pixel is right but "
        "for the number that it is called by.",
        "https://pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html (class indices in [0, C))",
    ),
    "pred-divided": Text(
        "A loader that divides photos by 255 was used for masks as well, so that class 1 became 0.004. A threshold at "
        "0.5 or a cast to whole numbers then leaves background only.",
        "https://pytorch.org/vision/stable/generated/torchvision.transforms.ToTensor.html",
    ),
    "pred-ghosts": Text(
        "Class ids are names, not amounts: smoothing between 2 and 6 makes 3, 4 and 5, classes that nobody predicted. "
        "JPEG and bilinear resizing do so along every boundary.",
        "https://docs.opencv.org/4.x/da/d54/group__imgproc__transform.html (INTER_NEAREST)",
    ),
    "pred-255": Text(
        "Viewers show 255 as white, so masks are often saved that way. Code that reads class ids takes 255 for class "
        "255, or for ignored pixels, and then scores nothing.",
        "http://host.robots.ox.ac.uk/pascal/VOC/voc2012/segexamples/index.html (255 marks pixels that do not count)",
    ),
    "softmax-one-channel": Text(
        "A softmax divides by the sum over channels, and with one channel that is the value itself: always 1. The "
        "loss then has no gradient and nothing is learnt.",
        "https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html",
    ),
    "sigmoid-twice": Text(
        "A sigmoid of a probability lies between 0.5 and 0.73, so that nothing can be called background at a "
        "threshold of 0.5. In training the loss cannot fall below what that narrow band allows, and gradients are up "
        "to 4 times smaller.",
        "https://pytorch.org/docs/stable/generated/torch.nn.BCEWithLogitsLoss.html (it has the sigmoid inside)",
    ),
    "probabilities-sum": Text(
        "Channels that exclude one another must share one probability; sums other than 1 tell of independent "
        "sigmoids, of a softmax over the wrong axis, or of rounding. Scores that read them as probabilities are then "
        "off.",
        "https://pytorch.org/docs/stable/generated/torch.nn.Softmax.html (dim)",
    ),
    "threshold-off": Text(
        "Rare objects, weighted losses and too little training move probabilities as a whole, while their order stays "
        "good. The best threshold for Dice and IoU is then not 0.5: half the best reachable F1, for calibrated "
        "probabilities.",
        "Lipton et al. 2014, Thresholding classifiers to maximize F1: https://arxiv.org/abs/1402.1892",
    ),
    "pred-constant": Text(
        "The network sees the same input each time, or its input is so badly scaled that only the biases speak. It "
        "then paints the mean mask of its training photos.",
        "https://pytorch.org/vision/stable/models.html (each set of weights names the normalisation it needs)",
    ),
    "score-collapse": Text(
        "With few object pixels the mean loss is lowest on the way to background everywhere, and a high learning rate "
        "or a saturated output stays there. The accuracy is then the share of that class, and gradients of the rare "
        "class vanish.",
        "Lin et al. 2017, Focal loss: https://arxiv.org/abs/1708.02002 (section 3.3, initialisation for rare classes)",
    ),
    "accuracy-majority": Text(
        "Pixel accuracy counts the background, and there is plenty of it. A mask without any object scores its share.",
        "Maier-Hein et al. 2024, Metrics reloaded: https://arxiv.org/abs/2206.01653",
    ),
    "patches-distant": Text(
        "The network judges by what is near a pixel and finds things that look alike far from the object. Nothing "
        "tells it that there is one object only; keeping the largest patch does.",
        "Isensee et al. 2021, nnU-Net: https://arxiv.org/abs/1904.08128 (keeping the largest component, where "
        "validation says so)",
    ),
    "pred-speckled": Text(
        "Pixels near the threshold fall on either side of it one by one, since nothing ties neighbours together. "
        "Noise in the photo or a training that is cut short shows as specks and holes.",
        "https://scikit-image.org/docs/stable/api/skimage.morphology.html (remove_small_objects)",
    ),
    "empty-positives": Text(
        "A network that was only ever shown photos with an object has learnt that there is one. On an empty photo it "
        "paints the most similar thing, and overlap scores punish that hardest of all.",
        "Maier-Hein et al. 2024, Metrics reloaded: https://arxiv.org/abs/2206.01653",
    ),
    "boundary-coarse": Text(
        "A decoder that has one value for 32 x 32 pixels and blows it up smoothly cannot draw a finer line than that. "
        "Skip connections from early layers bring the place of boundaries back.",
        "Long et al. 2015, Fully convolutional networks: https://arxiv.org/abs/1411.4038 (FCN-32s, 16s, 8s)",
    ),
    "overfitting": Text(
        "With few photos a network can store them, noise and all, instead of what they have in common. It then knows "
        "its photos and guesses on others.",
        "Zhang et al. 2017, Understanding deep learning requires rethinking generalization: "
        "https://arxiv.org/abs/1611.03530",
    ),
    "underfitting": Text(
        "What the network has not learnt on its own photos it cannot show on others. The learning rate, the length of "
        "the training, the size of the input or the masks themselves stand in the way.",
        "https://karpathy.github.io/2019/04/25/recipe/ (overfit a single batch first)",
    ),
}
