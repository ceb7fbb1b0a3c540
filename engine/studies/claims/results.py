"""What the data say of a document of claims: verdicts, the rules they follow, and where the data came from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from engine.locale import ENGLISH
from engine.market.sample_limits import PEAK
from engine.market.series import Provenance
from engine.messages import Message, Number, to_plain, word
from engine.result import ByValue
from engine.studies.claims.claim_documents import AnyClaim, Claims

HOLDS_POINTS, CLOSE_POINTS = 0.005, 0.015
HOLDS_FLOW, CLOSE_FLOW = 0.10, 0.25
DEEPER = 0.75  # share of the downturns in which a symbol must have fallen more than the core
MOST = 0.75  # share of the periods in which the currency must have added to the return
Figures = Mapping[str, float | str]


class Judgement(StrEnum):
    """What the data say of a claim."""

    HOLDS = "holds"
    CLOSE = "close"
    DOES_NOT_HOLD = "does_not_hold"
    CANNOT_BE_CHECKED = "cannot_be_checked"


@dataclass(frozen=True, eq=False)
class Verdict(ByValue):
    """One claim and what was measured.

    ``why``       the comparison with its figures, or why it cannot be checked
    ``figures``   name -> number (fractions, dollars, counts); dates as ISO text
    ``first, last``  the days the figures are of; '' where nothing was measured
    ``source``    the series they come from, such as ``csv:IWM.csv``; a sample is called a sample
    """

    claim: AnyClaim
    judgement: Judgement
    why: Message
    figures: Figures = field(default_factory=dict)
    first: str = ""
    last: str = ""
    source: str = ""

    def plain(self) -> dict[str, Any]:
        """For programs: the claim as its file has it, its text in English and beside it ``text_ja`` and such."""
        text = self.claim.text
        other = {} if isinstance(text, str) else {f"text_{lang}": own for lang, own in text.items()}
        return {
            "claim": {**self.claim.model_dump(mode="json"), **other, "text": ENGLISH.own(text)},
            "verdict": self.judgement.value,
            "why": str(self.why),
            "figures": dict(self.figures),
            "first": self.first or None,
            "last": self.last or None,
            "source": self.source or None,
        }


@dataclass(frozen=True, eq=False)
class ClaimsResult(ByValue):
    """All verdicts of a document, in its order, and where the data came from."""

    document: Claims
    verdicts: tuple[Verdict, ...]
    provenance: tuple[Provenance, ...]
    is_sample: bool

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The claims that do not hold: ``--strict`` wants none."""
        return tuple(item for item in self.verdicts if item.judgement is Judgement.DOES_NOT_HOLD)

    @property
    def counts(self) -> dict[str, int]:
        """How many claims have each judgement."""
        return {kind.value: sum(item.judgement is kind for item in self.verdicts) for kind in Judgement}

    @property
    def rules(self) -> tuple[Message, ...]:
        """What is measured, and when a statement holds: a sentence for each kind of claim in the document."""
        kinds = dict.fromkeys(claim.type for claim in self.document.claims)
        judged = tuple(map(rule_of, kinds))
        currency = word(f"claims_{self.document.currency.lower()}")
        return judged if set(kinds) == {"flow"} else (word("claims_basis", currency=currency), *judged)

    @property
    def manifest(self) -> dict[str, Any]:
        """What the verdicts rest on, in the shape of a run's manifest."""
        peaks = any(claim.type == "peak" for claim in self.document.claims)
        warnings = dict.fromkeys(text for item in self.provenance for text in item.warnings)
        flags = {
            "sample": self.is_sample,
            "sample_limits": [to_plain(PEAK)] if self.is_sample and peaks else [],
            "counterfactual": [],
            "data": [to_plain(text) for text in warnings],
        }
        return {"data": [item.plain() for item in self.provenance], "flags": flags}

    def named(self) -> tuple[object, ...]:
        """The document's name and its judgements."""
        return self.document.name, tuple(item.judgement for item in self.verdicts)

    def kept(self) -> dict[str, Any]:
        """Everything, to be read back: the document as its file has it, and the verdicts with their messages."""
        return {
            "document": self.document.model_dump(mode="json"),
            "verdicts": [
                {
                    "judgement": item.judgement.value,
                    "why": to_plain(item.why),
                    "figures": [*map(list, item.figures.items())],  # in their order, which a mapping loses
                    **{name: getattr(item, name) for name in ("first", "last", "source")},
                }
                for item in self.verdicts
            ],
            "provenance": [item.plain() for item in self.provenance],
            "is_sample": self.is_sample,
        }

    def plain(self) -> dict[str, Any]:
        """Everything for programs: figures as they were measured, in English."""
        return {
            "name": self.document.name,
            "sample": self.is_sample,
            "currency": self.document.currency,
            "rules": [str(rule) for rule in self.rules],
            "counts": self.counts,
            "claims": [item.plain() for item in self.verdicts],
            "data": self.manifest["data"],
        }


def rule_of(kind: str) -> Message:
    """When a statement of a kind holds, with its limits."""
    limits = {
        "holds": HOLDS_POINTS,
        "close": CLOSE_POINTS,
        "holds_flow": HOLDS_FLOW,
        "close_flow": CLOSE_FLOW,
        "deeper": DEEPER,
        "most": MOST,
    }
    return word(f"claim_rule_{kind}", **{name: Number(limit * 100) for name, limit in limits.items()})
