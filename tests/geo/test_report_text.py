"""Reading report files: four kinds of file, one text; hostile files are refused in words."""

from __future__ import annotations

import hashlib
import io
import time
import zipfile
from pathlib import Path

import pytest

from geo.errors import DataError
from geo.report_text import MAX_CHARACTERS, read_report, report_text

CID_FONT = (
    b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/FontDescriptor 7 0 R/DW 1000"
    b"/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>>>"
)
FONT_DESCRIPTOR = (
    b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[0 -200 1000 900]/ItalicAngle 0/Ascent 800"
    b"/Descent -200/CapHeight 700/StemV 80>>"
)
TEXT = "一、2023年工作回顾\n新增座椅133个,发放手册1250本。\n"


def docx(body: str, *, extra: dict[str, bytes] | None = None) -> bytes:
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    document = f'<?xml version="1.0"?><w:document xmlns:w="{space}"><w:body>{body}</w:body></w:document>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", document)
        for name, content in (extra or {}).items():
            archive.writestr(name, content)
    return packed.getvalue()


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def pdf(content: str, trailer: str = "") -> bytes:
    """A PDF of one page whose Chinese text is written in UTF-16, with a font that is not embedded."""
    stream = content.encode("latin-1")
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream),
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UTF16-H/DescendantFonts[6 0 R]>>",
        CID_FONT,
        FONT_DESCRIPTOR,
        b"<</Filter/Standard/V 1/R 2/O<%s>/U<%s>/P -4>>" % (b"ab" * 32, b"cd" * 32),
    ]
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root 1 0 R/ID[<00><00>]%s>>\nstartxref\n%d\n%%%%EOF" % (
        len(objects) + 1,
        trailer.encode(),
        start,
    )
    return bytes(out)


def shown(line: str) -> str:
    return f"BT /F1 12 Tf 50 700 Td <{line.encode('utf-16-be').hex()}> Tj ET"


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def fault(path: Path, encoding: str | None = None) -> tuple[str, str]:
    with pytest.raises(DataError) as refused:
        read_report(path, encoding)
    problem = refused.value.problems[0]
    return problem.code, str(problem)


def test_plain_text_keeps_every_character_and_says_which_text_it_is(tmp_path):
    report = read_report(write(tmp_path, "r.txt", TEXT.encode()))
    assert report.text == TEXT
    assert report.sha256 == hashlib.sha256(TEXT.encode()).hexdigest()
    assert report.extractor == "plain-text 1"


def test_line_ends_marks_and_composed_signs_are_made_one_form(tmp_path):
    decomposed = "cafe\u0301 12个\r\n13个\r14个"
    report = read_report(write(tmp_path, "r.txt", b"\xef\xbb\xbf" + decomposed.encode()))
    assert report.text == "caf\u00e9 12个\n13个\n14个"
    assert read_report(write(tmp_path, "s.txt", TEXT.encode("utf-16"))).text == TEXT


def test_gbk_is_refused_with_a_hint_and_read_when_named(tmp_path):
    path = write(tmp_path, "r.txt", (TEXT + "街道的工作在年内完成了。" * 20).encode("gb18030"))
    code, words = fault(path)
    assert code == "report_encoding"
    assert "gb18030" in words
    assert read_report(path, "gb18030").text.startswith(TEXT)


def test_noise_is_refused(tmp_path):
    assert fault(write(tmp_path, "r.txt", bytes(range(128, 256)) * 40))[0] == "report_encoding"
    assert fault(write(tmp_path, "s.txt", b"12\x00\x0034"))[0] == "report_not_text"
    assert fault(write(tmp_path, "t.txt", b" \n\n "))[0] == "report_empty"
    assert fault(write(tmp_path, "u.txt", TEXT.encode()), "klingon")[0] == "report_encoding"


def test_a_web_page_gives_its_visible_lines(tmp_path):
    page = """<!doctype html><html><head><title>报告</title><style>p{width:15px}</style></head>
    <body><script>var n = 99;</script>
    <h1>一、2023年工作回顾</h1><p>新增<b>座椅</b>133个,<br>发放手册1250本。</p><table><tr><td>床位</td><td>120张</td></tr></table></body>"""
    report = read_report(write(tmp_path, "r.html", page.encode()))
    assert report.text == "一、2023年工作回顾\n新增座椅133个,\n发放手册1250本。\n床位 | 120张\n"
    assert report.extractor.startswith("selectolax ")


def test_a_web_page_is_read_in_the_encoding_it_declares(tmp_path):
    page = '<html><head><meta charset="gb2312"></head><body><p>新增座椅133个</p></body></html>'
    assert read_report(write(tmp_path, "r.htm", page.encode("gb18030"))).text == "新增座椅133个\n"


def test_a_page_nested_without_end_is_refused_in_time_and_a_deep_one_is_read(tmp_path):
    begun = time.process_time()
    assert fault(write(tmp_path, "deep.html", b"<div>" * 100_000))[0] == "report_broken"
    page = "<div>" * 2_000 + "新增座椅133个" + "</div>" * 2_000 + "<p>12个</p>" * 5_000
    assert read_report(write(tmp_path, "r.html", page.encode())).text.startswith("新增座椅133个\n12个\n")
    assert time.process_time() - begun < 2


def test_word_gives_paragraphs_rows_and_nothing_deleted(tmp_path):
    runs = "<w:r><w:t>新增</w:t></w:r><w:r><w:t>133个</w:t></w:r>"
    deleted = f"<w:p><w:del><w:r><w:delText>删去99个</w:delText></w:r></w:del>{runs}</w:p>"
    row = f"<w:tbl><w:tr><w:tc>{paragraph('床位')}</w:tc><w:tc>{paragraph('120张')}</w:tc></w:tr></w:tbl>"
    report = read_report(write(tmp_path, "r.docx", docx(paragraph("一、2023年工作回顾") + deleted + row)))
    assert report.text == "一、2023年工作回顾\n新增133个\n床位 | 120张\n"


def test_a_pdf_gives_its_text(tmp_path):
    report = read_report(write(tmp_path, "r.pdf", pdf(shown("新增座椅133个,发放手册1250本。"))))
    assert "新增座椅133个,发放手册1250本。" in report.text
    assert report.extractor.startswith("pypdfium2 ")


def test_a_locked_pdf_and_a_scan_are_refused_in_words(tmp_path):
    code, words = fault(write(tmp_path, "locked.pdf", pdf(shown("12个"), "/Encrypt 8 0 R")))
    assert code == "report_locked"
    assert "password" in words
    code, words = fault(write(tmp_path, "scan.pdf", pdf("0 0 595 842 re f")))
    assert code == "report_scanned"
    assert "OCR" in words
    assert fault(write(tmp_path, "broken.pdf", b"%PDF-1.4 nothing"))[0] == "report_broken"


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    bomb = docx(paragraph("12个"), extra={"word/media/a.bin": b"\0" * 120_000_000})
    assert len(bomb) < 1_000_000
    begun = time.process_time()
    code, words = fault(write(tmp_path, "bomb.docx", bomb))
    assert code == "report_too_large"
    assert "120," in words
    assert time.process_time() - begun < 1


def test_an_entity_bomb_and_other_broken_word_files_are_refused(tmp_path):
    space = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    xml = f'<!DOCTYPE d [<!ENTITY a "12个">]><w:document xmlns:w="{space}"><w:p><w:t>&a;</w:t></w:p></w:document>'
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("word/document.xml", xml)
    assert fault(write(tmp_path, "entity.docx", packed.getvalue()))[0] == "report_broken"
    assert fault(write(tmp_path, "text.docx", TEXT.encode()))[0] == "report_broken"
    assert fault(write(tmp_path, "old.docx", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 600))[0] == "report_locked"
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    assert fault(write(tmp_path, "empty.docx", empty.getvalue()))[0] == "report_broken"


def test_ten_megabytes_of_digits_are_refused_in_time(tmp_path):
    begun = time.process_time()
    code, words = fault(write(tmp_path, "digits.txt", b"7" * 10_000_000))
    assert code == "report_too_long"
    assert "10,000,000" in words
    assert time.process_time() - begun < 2


def test_the_longest_text_is_taken_and_one_more_character_is_not():
    assert len(report_text("一" * MAX_CHARACTERS).text) == MAX_CHARACTERS
    with pytest.raises(DataError):
        report_text("一" * (MAX_CHARACTERS + 1))


def test_other_files_are_refused_by_their_ending_or_their_first_bytes(tmp_path):
    code, words = fault(write(tmp_path, "r.doc", b"x"))
    assert code == "report_kind"
    assert ".docx" in words
    assert fault(write(tmp_path, "r.txt", b"%PDF-1.4"))[0] == "report_kind"
    assert fault(tmp_path / "missing.txt")[0] == "report_unreadable"
