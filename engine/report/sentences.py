"""Sentences of the engine in Japanese."""

from __future__ import annotations


def sentence(text: str, lang: str) -> str:
    """``text``."""
    return text
