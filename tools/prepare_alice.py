"""Write notebooks/data/alice.txt, one sentence a line, from a file of the whole book.

    python tools/prepare_alice.py alice29.txt

The file is the text of Project Gutenberg that many compression programs ship as test
data; notebooks/data/alice.md says where this one came from. What is left has 36
characters: a to z, space, newline and ' , - . : ; ! ?
"""

import re
import sys
from pathlib import Path

FILE = Path(__file__).parents[1] / "notebooks" / "data" / "alice.txt"
HEADING = re.compile(r"^ *CHAPTER [IVX]+\s+.*$", re.M)
QUOTE = re.compile(r"(?<![A-Za-z])'|'(?![A-Za-z])|[`\"*_()\[\]]")  # not that of "don't"
DASH = re.compile(r":?\s*-{2,}\s*")
BROKEN = re.compile(r"(?<=\w)-\n\s*")  # a word with a hyphen, at the end of a line
END = re.compile(r"([.!?])(?: -)? (?=[A-Z])")  # oh dear! she said: goes on


def sentences(text):
    """The sentences of the book, in lower case, without its headings and quotes."""
    body = text[text.index("CHAPTER I\n") : text.rindex("THE END")]
    joined = BROKEN.sub("-", QUOTE.sub("", HEADING.sub("", body)))
    words = DASH.sub(dash, joined).split()
    lines = END.sub(r"\1\n", " ".join(words)).lower().split("\n")
    kept = [re.sub(r"[^a-z' ,\-.:;!?]", "", line).strip() for line in lines]
    return [line for line in kept if line]


def dash(found):
    """A colon makes a dash superfluous."""
    return ": " if found[0].startswith(":") else " - "


def main(source):
    lines = sentences(Path(source).read_text("ascii"))
    FILE.write_text("\n".join(lines) + "\n", "ascii")
    print(f"{len(lines)} sentences")


if __name__ == "__main__":
    main(*sys.argv[1:])
