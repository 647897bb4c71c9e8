"""A process that runs cases one after another; a line of JSON for each goes to a file.

Cases that take more than 10 s of CPU end the process: the file names the case that had begun.
"""

import json
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from maskwright.errors import MaskwrightError

MOST_BYTES, MOST_SECONDS = int(1.5 * 2**30), 10
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
CHANGES = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.truncate", "shutil.rmtree")
STARTS = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "socket.connect")


class Watch:
    """Notes what Python writes outside of `place`, and every process or connection that is begun."""

    def __init__(self) -> None:
        self.place = ""
        self.seen: list[str] = []
        sys.addaudithook(self._note)

    def _note(self, event: str, arguments: tuple[object, ...]) -> None:
        if not self.place:
            return
        if event in STARTS:
            self.seen.append(f"{event} {arguments!r}"[:200])
        if event in ("os.remove", "os.rmdir") and arguments[1] != -1:
            return  # below an open folder, within a shutil.rmtree that is noted itself
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
        if (writes or event in CHANGES) and isinstance(arguments[0], str | bytes | os.PathLike):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if not path.startswith(self.place) and not path.startswith("/dev/"):
                self.seen.append(f"{event} {path}"[:200])


def main(kind: str, bases: Path, results: Path, first: int, end: int) -> None:
    """Run the cases `first` to `end` - 1; append a line to `results` before and after each."""
    _limit()
    watch, module = Watch(), import_module(f"benchmarks.fuzz.{kind}")  # runs need torch, intake does not
    module.set_up()
    with results.open("a") as file, tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for case in range(first, end):
            place = Path(folder).resolve() / "case"
            (place / "tmp").mkdir(parents=True)
            tempfile.tempdir = os.environ["XDG_CACHE_HOME"] = str(place / "tmp")  # zip files are unpacked there
            what = module.prepare(bases, place, case)
            print(json.dumps({"case": case, "what": what}), file=file, flush=True)
            problem, seconds = _tried(lambda: module.run(place, case), watch, place)  # noqa: B023 - called at once
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
            line = {"case": case, "what": what, "problem": problem, "seconds": round(seconds, 2), "peak": peak}
            print(json.dumps(line), file=file, flush=True)
            shutil.rmtree(place, ignore_errors=True)
            if peak > MOST_BYTES:
                return


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (12 << 30, 12 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    warnings.simplefilter("ignore")


def _tried(call: Callable[[], None], watch: Watch, place: Path) -> tuple[str, float]:
    """Return what is wrong with how the case ended, and its CPU seconds."""
    begun, problem = time.process_time(), ""
    watch.seen, watch.place = [], str(place)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)  # its signal ends the process
    try:
        call()
    except MaskwrightError as error:
        problem = "a message of several lines" if "\n" in str(error) else ""
    except Exception as error:  # what is looked for
        at = traceback.extract_tb(error.__traceback__)[-1]
        problem = f"{type(error).__name__}: {str(error)[:120]} ({Path(at.filename).name}:{at.lineno})"
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        watch.place = ""
    return problem or (f"outside: {watch.seen[0]}" if watch.seen else ""), time.process_time() - begun


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
