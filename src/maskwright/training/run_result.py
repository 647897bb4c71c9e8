"""A finished training, as Python code gets it."""

import webbrowser
from dataclasses import dataclass
from pathlib import Path

from maskwright.errors import RunError
from maskwright.evaluation.evaluate import Evaluation
from maskwright.evaluation.verdict import Verdict, verdict
from maskwright.findings.finding import Finding, Findings
from maskwright.inference.load import load
from maskwright.inference.segmenter import Segmenter
from maskwright.notebook.html import box, sentence
from maskwright.runs.folder import RunFacts


@dataclass(frozen=True)
class Run:
    """A finished training: its folder, the contents of run.json, and findings.

    `fit` adds the evaluation and the report; `train` alone leaves them None.
    """

    folder: Path
    facts: RunFacts
    findings: tuple[Finding, ...] = ()
    evaluation: Evaluation | None = None
    report: Path | None = None

    @property
    def segmenter(self) -> Segmenter:
        """The trained model, read from the folder each time."""
        return load(self.folder)

    @property
    def verdict(self) -> Verdict:
        """How good the model is, whether that can be trusted, and what to do next; RunError without an evaluation."""
        if self.evaluation is None:
            raise RunError(f"{self.folder} was not evaluated: evaluate it, or train with maskwright.fit")
        return verdict(self.evaluation, self.findings, facts=self.facts, run=self.folder)

    def __repr__(self) -> str:
        score = self.verdict.title if self.evaluation is not None else "not evaluated"
        return f"<Run {self.folder}: {score}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: the verdict, the scores, the findings, and where the report is."""
        if self.evaluation is None:
            return box(repr(self)[1:-1], sentence(f"{self.facts.steps} steps in {self.facts.minutes:.1f} minutes"))
        judged = self.verdict
        texts = (
            f"{judged.sentence}.",
            f"{judged.trust_sentence}.",
            f"Next: {judged.command}",
            f"Report: {self.report}",
        )
        inner = (self.evaluation._repr_html_(), Findings(self.findings)._repr_html_())
        return box(judged.title, *map(sentence, texts), *inner)

    def show(self) -> Path | None:
        """Open the report in the browser; return its path, None without a report."""
        if self.report is not None:
            webbrowser.open(self.report.resolve().as_uri())
        return self.report
