"""Writes drawings as the operators and structure elements of a PDF (ISO 32000-1, 9.4, 14.6 and 14.7).

Called by `plates`.
"""

from collections.abc import Mapping, Sequence

import pydyf

from services.pdfworker.letter import lengths
from services.pdfworker.letter.drawing import Drawing, Node, PlacedText, Rule
from services.pdfworker.letter.writer import RawObject

QR_NAME = "letter-qr"
_POINTS = 72 / 96  # of a pixel
# The height of the box above a rule; any is as good.
_BOX = 10.0
PAGINATION = "/Artifact<</Type/Pagination>>BDC"


class PageWriter:
    """Writes one page: its operators, and the owners of its marked content by their numbers."""

    def __init__(self, pdf: pydyf.PDF, page: str, font_names: Mapping[int, str], owners: list[bytes]) -> None:
        self._pdf, self._page, self._font_names, self._owners = pdf, page, font_names, owners
        self._operators: list[str] = []
        self._font: tuple[int, float] | None = None
        self._at: tuple[float, float] | None = None

    def write(self, drawing: Drawing, parent: str) -> tuple[bytes, Sequence[bytes]]:
        """Return the operators of a page, and the references of its structure elements."""
        self._drawing, self._has_qr = drawing, False
        add = self._operators.append
        # WeasyPrint's pages have their origin at the top and count points.
        add(f"q {_POINTS} 0 0 {_POINTS} 0 0 cm")
        self._write_rules(drawing.rules)
        references = [self._write_node(node, parent).encode("ascii") for node in drawing.nodes]
        self._end_text()
        add(PAGINATION)
        artifacts: list[PlacedText] = []
        for node in drawing.artifacts:
            node.collect_text(artifacts)
        for placed in artifacts:
            self._show_text(placed)
        self._end_text()
        if not self._has_qr:
            self._draw_qr()
        add("EMC Q")
        return "\n".join(self._operators).encode("ascii"), references

    def _write_rules(self, rules: Sequence[Rule]) -> None:
        add, shade = self._operators.append, -1.0
        add("/Artifact BMC")
        for rule in rules:
            if rule.shade != shade:
                shade = rule.shade
                add(f"{shade:g} g")
            add(_write_rule(rule))
        add("EMC 0 g")

    def _write_node(self, node: Node, parent: str) -> str:
        """Write a node and those below it, and return the reference of its element."""
        element = RawObject()
        self._pdf.add_object(element)
        reference = f"{element.number} 0 R"
        content = f"/A{node.attributes}" if node.attributes else ""
        if node.text:
            # Most nodes are cells with text.
            number = len(self._owners)
            self._owners.append(reference.encode("ascii"))
            self._operators.append(f"/{node.tag}<</MCID {number}>>BDC")
            for placed in node.text:
                self._show_text(placed)
            self._operators.append("EMC")
            content += f"/K[{number}]"
        elif node.alternative:
            content += self._write_picture(node, reference)
        else:
            kids = " ".join([self._write_node(kid, reference) for kid in node.kids])
            content += f"/K[{kids}]"
        element.data = f"<</S/{node.tag}/P {parent}/Pg {self._page}{content}>>".encode("ascii")
        return reference

    def _write_picture(self, node: Node, reference: str) -> str:
        """Draw the QR code and return the rest of its structure element."""
        self._end_text()
        number = len(self._owners)
        self._owners.append(reference.encode("ascii"))
        self._operators.append(f"/{node.tag}<</MCID {number}>>BDC")
        self._draw_qr()
        self._operators.append("EMC")
        (x, y), (_, height), side = self._drawing.qr_place, self._drawing.size, lengths.QR_SIDE
        box = " ".join(f"{edge * _POINTS:.2f}" for edge in (x, height - y - side, x + side, height - y))
        alternative = node.alternative.encode("utf-16-be").hex()
        return f"/Alt<feff{alternative}>/A<</O/Layout/BBox[{box}]>>/K[{number}]"

    def _draw_qr(self) -> None:
        (x, y), side = self._drawing.qr_place, lengths.QR_SIDE
        self._operators.append(f"q {side:.3f} 0 0 {-side:.3f} {x:.3f} {y + side:.3f} cm /{QR_NAME} Do Q")
        self._has_qr = True

    def _show_text(self, placed: PlacedText) -> None:
        x, y, run, weight, size = placed
        add = self._operators.append
        if self._at is None:
            add("BT")
        if (weight, size) != self._font:
            self._font = (weight, size)
            add(f"/{self._font_names[weight]} {size:.4f} Tf")
        if self._at is None:
            add(f"1 0 0 -1 {x:.3f} {y:.3f} Tm[{run.write(size)}]TJ")
        else:
            add(f"{x - self._at[0]:.3f} {self._at[1] - y:.3f} Td[{run.write(size)}]TJ")
        # What a reader of the file adds up.
        self._at = (x, y)

    def _end_text(self) -> None:
        if self._at is not None:
            self._operators.append("ET")
            self._at = None


def _write_rule(rule: Rule) -> str:
    """Return a rule as WeasyPrint draws the border of a box: what is in the box, but not within its border.

    A plain rectangle would look harder, since readers move its edges to whole pixels.
    """
    left, top, right, bottom = rule.x, rule.y, rule.x + rule.width, rule.y + rule.height
    within = f"{left:.3f} {top - _BOX:.3f} {rule.width:.3f}"
    return (
        f"q {right:.3f} {bottom:.3f} m {left:.3f} {bottom:.3f} l {left:.3f} {top:.3f} l "
        f"{right:.3f} {top:.3f} l W* n "
        f"{within} {_BOX + rule.height:.3f} re {within} {_BOX:.3f} re f* Q"
    )
