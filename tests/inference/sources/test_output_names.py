import pytest

from maskwright.inference.sources.output_names import own_names


@pytest.mark.parametrize(
    ("paths", "names"),
    [
        (["/a/x.jpg", "/a/y.jpg"], ["x", "y"]),
        (["/a/x.jpg", "/b/x.jpg"], ["a/x", "b/x"]),
        (["/1/a/x.jpg", "/2/a/x.jpg", "/2/a/y.jpg"], ["1/a/x", "2/a/x", "y"]),
        (["/a/x.jpg", "/a/x.png", "/a/X.jpg"], ["x.jpg", "x.png", "X.jpg"]),
        (["s3://bucket/a/x.jpg", "s3://other/a/x.jpg"], ["bucket/a/x", "other/a/x"]),
        (["s3://bucket/../x.jpg", "s3://bucket/b/x.jpg"], ["bucket/x", "b/x"]),
    ],
)
def test_photos_get_as_many_folders_as_make_their_names_differ(paths: list[str], names: list[str]) -> None:
    assert own_names(paths, [path.rpartition("/")[2] for path in paths]) == names


def test_names_stay_below_the_output_and_differ() -> None:
    paths = [f"/{folder}/{sub}/{photo}.jpg" for folder in "abc" for sub in "xyx".upper() for photo in "123"]
    paths = list(dict.fromkeys(paths))
    names = own_names(paths, [path.rpartition("/")[2] for path in paths])
    assert len(set(names)) == len(paths)
    assert not any(name.startswith(("/", ".")) for name in names)
