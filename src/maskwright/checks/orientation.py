"""The finding about masks drawn before the EXIF turn: told by their size when read, by their edges when checked."""

from maskwright.findings.finding import Finding

READ_MORE = "https://pillow.readthedocs.io/en/stable/reference/ImageOps.html#PIL.ImageOps.exif_transpose"


def unturned_finding(evidence: str, names: tuple[str, ...]) -> Finding:
    """Return the finding about masks that were drawn on photos before their EXIF turn."""
    return Finding(
        "mask-unturned",
        "error",
        "Masks were drawn on photos before their EXIF turn",
        evidence,
        "turn each mask as its photo is: exif = mask.getexif(); exif[0x0112] = photo.getexif()[0x0112]; "
        "mask.info['exif'] = exif.tobytes(); ImageOps.exif_transpose(mask).save(path)",
        names,
        mechanism="Phones store photos as the sensor saw them with a note how to turn them, and some tools ignore the "
        "note. The mask then marks other things than the object, and the network learns where objects are not.",
        read_more=READ_MORE,
    )
