"""The numbers before paragraphs and headings of an official Chinese paper."""

from youthpilot.core.kernel.numbers import chinese_number


def list_word(number: int) -> str:
    """The word that opens the n-th item inside a paragraph: 一是, 二是."""
    return chinese_number(number) + "是"


def heading_number(number: int, level: int) -> str:
    """The number before a heading of level 1 to 4: 一、 （一） 1. （1）"""
    return {1: f"{chinese_number(number)}、", 2: f"（{chinese_number(number)}）", 3: f"{number}.", 4: f"（{number}）"}[level]
