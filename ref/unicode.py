#!/usr/bin/env python3
"""Makes steps/01_tokenize/unicode_tables.c, the Unicode tables of both tokenizers.

    python3 ref/unicode.py CLASSES NORMALIZE PUNCT            prints the C source
    python3 ref/unicode.py --check CLASSES NORMALIZE PUNCT    compares it with the committed one

The three files are tab-separated, with a line of titles, numbers in hexadecimal:

    CLASSES    first, last, class        of GPT-2's split pattern: L, N, S; the rest is O
    NORMALIZE  first, last, kind, value  of GPT-1: drop, mark, space, cjk, map, hangul
    PUNCT      first, last               GPT-1's punctuation

They were read off the published tokenizers, whose Unicode versions no library has all of: 16.0
for GPT-2, and for GPT-1 8.0 with a slip at U+2B820. Ranges are as long as they can be, so the
same files always give the same source. Exit codes: 0 they agree, 1 they differ, 2 bad usage.
"""
import os
import sys

COLUMNS = 100
TARGET = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                      "..", "steps", "01_tokenize", "unicode_tables.c")
CLASSES = {"O": 0, "L": 1, "N": 2, "S": 3}   # enum unicode_class
HEAD = """/* unicode_tables.c: Unicode as the published tokenizers know it, for unicode.c.
 *
 * Made by ref/unicode.py; change that instead. All tables are sorted by character, and
 * numbers are decimal because that is shorter. */
#include "unicode_tables.h"
"""


def rows(path, columns):
    """The rows of a file as [first, last, text...]."""
    try:
        with open(path, encoding="ascii") as file:
            lines = [line.rstrip("\n").split("\t") for line in file][1:]
        if not lines or any(len(line) != columns for line in lines):
            raise ValueError(f"{columns} columns are needed in each line")
        return [[int(line[0], 16), int(line[1], 16), *line[2:]] for line in lines]
    except (OSError, ValueError) as error:
        print(f"unicode.py: {path}: {error}", file=sys.stderr)
        sys.exit(2)


def classes(path):
    """4 * character + class, wherever the class changes."""
    found, at = [], 0
    for first, last, kind in rows(path, 3):
        if first > at:
            found.append((at, "O"))
        found.append((first, kind))
        at = last + 1
    found.append((at, "O"))
    changes, before = [], None
    for first, kind in found:
        if kind != before:
            changes.append(4 * first + CLASSES[kind])
        before = kind
    return changes


class Folds:
    """The normalisation as runs (first, last, how, to), where unicode_tables.h says what
    `to` is for each way."""

    def __init__(self, path):
        self.ideographs, self.lists, self.runs = [], [], []
        single = {}
        for first, last, kind, value in rows(path, 4):
            values = [int(v, 16) for v in value.split()]
            if kind == "map" and len(values) == 1:
                single[first] = values[0]
            elif kind == "map":
                self.runs.append([first, last, "LIST", len(self.lists)])
                self.lists += [*values, 0]
            elif kind == "cjk" and values:
                self.add(first, last, "COMPATIBLE", len(self.ideographs))
                self.ideographs += values
            else:
                self.add(first, last, {"drop": "DROP", "mark": "DROP", "space": "SPACE",
                                       "cjk": "IDEOGRAPH", "hangul": "HANGUL"}[kind], 0)
        while single:
            self.take(single)
        self.runs.sort()

    def add(self, first, last, how, to):
        """Adds a run, or makes the last one longer."""
        before = self.runs[-1] if self.runs else [0, -2, "", 0]
        if before[2] == how and before[1] + 1 == first:
            before[1] = last
        else:
            self.runs.append([first, last, how, to])

    def take(self, single):
        """Moves the longest run that begins at the smallest character from single to runs."""
        first = min(single)
        to = single[first]
        ways = {"TO": (1, 0), "SHIFT": (1, 1), "EVERY_SECOND": (2, 2)}
        lengths = {}
        for how, (step, gain) in ways.items():
            n = 1
            while single.get(first + n * step) == to + n * gain and (
                    step == 1 or first + n * step - 1 not in single):
                n += 1
            lengths[how] = n
        how = max(lengths, key=lengths.get)
        step = ways[how][0]
        members = [first + n * step for n in range(lengths[how])]
        for member in members:
            del single[member]
        self.runs.append([first, members[-1], how, to])


def ascii_folds(path):
    """What GPT-1 makes of each ASCII character, one at most; 0 where it vanishes."""
    folds = list(range(128))
    for first, last, kind, value in rows(path, 4):
        for character in range(first, min(last, 127) + 1):
            folds[character] = {"drop": 0, "space": 32, "map": int(value or "0", 16)}[kind]
    return folds


def members(ranges, label):
    """label(row) for each ASCII character that a row of a file is about, else 0."""
    values = [0] * 128
    for row in ranges:
        for character in range(row[0], min(row[1], 127) + 1):
            values[character] = label(row)
    return values


def table(declaration, items):
    """A C array, as many items to a line as fit."""
    lines, line = [f"\nconst {declaration} = {{"], "   "
    for item in items:
        if len(line) + 1 + len(item) > COLUMNS:
            lines.append(line)
            line = "   "
        line += " " + item
    return "\n".join([*lines, line, "};"])


def source(paths):
    points, folds = rows(paths[2], 2), Folds(paths[1])
    tables = {
        "unsigned char ascii_classes": members(rows(paths[0], 3), lambda row: CLASSES[row[2]]),
        "unsigned char ascii_folds": ascii_folds(paths[1]),
        "unsigned char ascii_punctuation": members(points, lambda row: 1),
        "uint32_t class_changes": classes(paths[0]),
        "struct fold folds": [f"{{{first},{last},{how},{to}}}"
                              for first, last, how, to in folds.runs],
        "uint32_t fold_ideographs": folds.ideographs,
        "uint32_t fold_lists": folds.lists,
        "struct range punctuation": [f"{{{first},{last}}}" for first, last in points],
    }
    parts = [HEAD]
    for name, items in tables.items():
        word = name.split()[-1]
        size = "128" if word.startswith("ascii") else ""
        parts.append(table(f"{name}[{size}]", [f"{item}," for item in items]))
        if word in ("class_changes", "folds", "punctuation"):
            parts.append(f"const size_t n_{word} = sizeof {word} / sizeof {word}[0];")
    return "\n".join(parts) + "\n"


def main(words):
    check = words[:1] == ["--check"]
    paths = words[1:] if check else words
    if len(paths) != 3:
        print("unicode.py: needs three files: CLASSES NORMALIZE PUNCT", file=sys.stderr)
        return 2
    text = source(paths)
    if not check:
        sys.stdout.write(text)
        return 0
    with open(TARGET, encoding="ascii") as file:
        same = file.read() == text
    print("the tables agree" if same else "steps/01_tokenize/unicode_tables.c differs")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
