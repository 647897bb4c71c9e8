from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from maskwright.errors import DataError
from maskwright.imaging.video.reader import video_facts, video_frames
from maskwright.imaging.video.writer import join_parts, mask_video, overlay_video
from tests.support.drawn_videos import (
    damaged_film,
    frames_of,
    square_frame,
    turned_film,
    write_film,
    write_film_with_sound,
    write_sound,
)

PHOTOS = [square_frame(index)[0] for index in range(9)]


def test_frames_come_in_order_with_the_rate_of_the_film(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mp4", PHOTOS)
    facts = video_facts(film)
    assert (facts.size_hw, facts.rate, facts.frames) == ((48, 64), Fraction(30000, 1001), 9)
    frames = list(video_frames(film, facts))
    assert [frame.index for frame in frames] == list(range(9))
    for frame, photo in zip(frames, PHOTOS, strict=True):
        assert frame.photo is not None
        assert np.abs(frame.photo.astype(int) - photo).mean() < 4
    assert [frame.index for frame in video_frames(film, facts, skip=7)] == [7, 8]


@pytest.mark.parametrize(("degrees", "turns"), [(90, 3), (180, 2), (270, 1)])
def test_the_turn_that_a_phone_notes_is_applied(tmp_path: Path, degrees: int, turns: int) -> None:
    film = turned_film(write_film(tmp_path / "a.mp4", PHOTOS), tmp_path / "turned.mp4", degrees)
    facts = video_facts(film)
    first = next(video_frames(film, facts)).photo
    assert first is not None
    assert first.shape[:2] == facts.size_hw
    assert np.abs(first.astype(int) - np.rot90(PHOTOS[0], turns)).mean() < 4


def test_a_broken_frame_has_no_photo_and_the_others_are_read(tmp_path: Path) -> None:
    film = damaged_film(tmp_path / "a.avi", PHOTOS, broken=4)
    frames = list(video_frames(film, video_facts(film)))
    assert [frame.index for frame in frames if frame.photo is None] == [4]
    assert len([frame for frame in frames if frame.photo is not None]) == 8


def test_a_film_that_breaks_off_is_read_up_to_there(tmp_path: Path) -> None:
    film = write_film(tmp_path / "a.mkv", PHOTOS * 20)
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    assert 10 < len(list(video_frames(film, video_facts(film)))) < 180


def test_what_is_no_film_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no film")
    (tmp_path / "empty.mp4").write_bytes(b"")
    cut = write_film(tmp_path / "cut.mp4", PHOTOS)
    cut.write_bytes(cut.read_bytes()[:200])
    sound = write_sound(tmp_path / "sound.mp4")
    thin = write_film(tmp_path / "thin.mkv", [photo[:, :2] for photo in PHOTOS])
    refused = {
        tmp_path / "none.mp4": "does not exist",
        tmp_path / "text.mp4": "no film that can be opened",
        tmp_path / "empty.mp4": "no film that can be opened",
        cut: "no film that can be opened",
        sound: "holds sound and no pictures",
        thin: "2 x 48 px",
    }
    for path, words in refused.items():
        with pytest.raises(DataError, match=words) as error:
            video_facts(path)
        assert str(path) in str(error.value)
        assert "\n" not in str(error.value)


def test_a_film_without_frames_is_refused(tmp_path: Path) -> None:
    film = damaged_film(tmp_path / "a.avi", PHOTOS[:1], broken=0)
    with pytest.raises(DataError, match="holds no frame that can be decoded"):
        video_facts(film)


def test_masks_survive_a_lossless_film_exactly(tmp_path: Path) -> None:
    facts = video_facts(write_film(tmp_path / "a.mp4", PHOTOS))
    masks = [np.random.default_rng(index).integers(0, 12, (48, 64), dtype=np.uint8) for index in range(5)]
    with mask_video(tmp_path / "masks.mkv", facts) as film:
        for index, mask in enumerate(masks):
            film.write_mask(mask, index * 512)
    assert np.array_equal(np.stack(frames_of(tmp_path / "masks.mkv")), np.stack(masks))


@pytest.mark.parametrize("sound_codec", ["aac", "pcm_s16le"])
def test_joined_parts_keep_times_and_sound(tmp_path: Path, sound_codec: str) -> None:
    source = write_film_with_sound(tmp_path / "a.mkv", PHOTOS * 6, sound_codec=sound_codec)
    facts = video_facts(source)
    frames = list(video_frames(source, facts))
    parts = [tmp_path / "0.mp4", tmp_path / "1.mp4"]
    for part, inside in zip(parts, (frames[:20], frames[20:]), strict=True):
        with overlay_video(part, facts) as film:
            for frame in inside:
                assert frame.photo is not None
                film.write_photo(frame.photo, frame.ticks)
    join_parts(parts, tmp_path / "whole.mp4", sound_of=source)
    whole = video_facts(tmp_path / "whole.mp4")
    assert (whole.codec, whole.has_sound, whole.frames) == ("h264", True, 54)
    assert abs(float(whole.rate) - float(facts.rate)) < 0.5
    for frame, again in zip(frames, video_frames(tmp_path / "whole.mp4", whole), strict=True):
        assert abs(float(again.ticks * whole.time_base) - float(frame.ticks * facts.time_base)) < 0.002
        assert again.photo is not None
        assert frame.photo is not None
        assert np.abs(again.photo.astype(int) - frame.photo).mean() < 5


def test_odd_sides_get_one_more_pixel(tmp_path: Path) -> None:
    facts = video_facts(write_film(tmp_path / "a.mp4", PHOTOS))
    odd = type(facts)((47, 63), *(getattr(facts, name) for name in list(facts.__dataclass_fields__)[1:]))
    with overlay_video(tmp_path / "odd.mp4", odd) as film:
        film.write_photo(PHOTOS[0][:47, :63], 0)
    assert video_facts(tmp_path / "odd.mp4").size_hw == (48, 64)
