"""Make book/_static/fonts/book-math.woff2 from STIX Two Math.

    python tools/subset_math_font.py STIXTwoMath-Regular.ttf

Browsers draw MathML themselves but stretch brackets, roots and sums only with a font
that has a MATH table, and few machines have one.  The whole font is 1.5 MB; the
characters below are those that a textbook on neural networks writes, about 55 kB.  A
character that is missing is taken from another font: it shows, but may look different.

The font is STIX Two Math 2.11, under the SIL Open Font License
(book/_static/fonts/OFL.txt); the Python package `ziamath` ships it whole.
"""

import sys
from pathlib import Path

from fontTools import subset

TARGET = Path(__file__).parent.parent / "book/_static/fonts/book-math.woff2"

CHARACTERS = {
    "plain text": range(0x20, 0x7F),
    "Greek": [*range(0x391, 0x3CA), 0x3D1, 0x3D5, 0x3F1, 0x3F5],
    "signs": map(ord, "\u00a0§¬°±²³·×é÷ıȷˆˇ˘˙˚˜"),
    "accents that combine": [*range(0x302, 0x305), 0x307, 0x308, 0x20D7],
    "punctuation, primes": map(ord, "–—‖‘’“”†…′″‴‾⁄"),
    "invisible operators": range(0x2061, 0x2065),
    "arrows": map(ord, "←↑→↓↔↕↦⇐⇒⇔⟵⟶⟷⟸⟹⟺⟼"),
    "sets, logic": map(ord, "∀∃∄∅∈∉∋∣∥∧∨∩∪⊂⊃⊆⊇⊤⊥"),
    "operators": map(ord, "∂∆∇∏∑−∓∗∘∙√∝∞∫∼⊕⊖⊗⊙⋅⋆⋮⋯⋱"),
    "relations": map(ord, "≃≅≈≔≠≡≤≥≪≫⩽⩾"),
    "brackets": map(ord, "⌈⌉⌊⌋⎴⎵⏜⏝⏞⏟⟦⟧⟨⟩"),
    "marks": map(ord, "□○●✓"),
    "letters outside the alphabets below": map(ord, "ℎℓℒℋℐℛℬℰℱℳℂℍℕℙℚℝℤ"),
    "bold, italic, bold italic": range(0x1D400, 0x1D49C),
    "script capitals": range(0x1D49C, 0x1D4B6),
    "double-struck capitals and one": [*range(0x1D538, 0x1D551), 0x1D7D9],
    "dotless italic": range(0x1D6A4, 0x1D6A6),
    "bold and italic Greek": range(0x1D6A8, 0x1D71C),
    "bold digits": range(0x1D7CE, 0x1D7D8),
}


def main(source):
    options = subset.Options(
        flavor="woff2",
        hinting=False,
        # Dotless letters under accents, and primes that sit right; not the separate
        # drawings for small sizes, which double the file.
        layout_features=["dtls", "ss04"],
        name_IDs=[0, 1, 2, 5, 13, 14],
        notdef_outline=True,
    )
    options.drop_tables += ["DSIG"]
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes={code for some in CHARACTERS.values() for code in some})
    cutter.subset(font)
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    subset.save_font(font, TARGET, options)
    print(f"{TARGET.name}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python tools/subset_math_font.py STIXTwoMath-Regular.ttf")
    main(sys.argv[1])
