"""Real PDFs by WeasyPrint, looked at by poppler and pikepdf; and every way to make it fetch something."""

import http.server
import io
import logging
import shutil
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from app.core.charts import PRINT, Bar, BarChart, Kind
from app.core.pdf import (
    Asset,
    PdfAttachment,
    PdfFailed,
    PdfTooLarge,
    PdfUnavailable,
    Variant,
    count_pages,
    render_pdf,
    require_pdf,
)

STYLE = """
@page { size: A4; margin: 20mm; @bottom-right { content: counter(page) " of " counter(pages) } }
body { font-family: Inter, "Noto Sans", "Noto Sans Arabic", "Droid Sans Fallback", sans-serif }
"""
AT = datetime(2026, 11, 22, 5, 44, tzinfo=UTC)


def document(body: str, head: str = "") -> str:
    head = f"<title>A report</title><style>{STYLE}</style>{head}"
    return f'<!doctype html><html lang="en"><head>{head}</head><body>{body}</body></html>'


def text_of(pdf: bytes, *options: str) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is missing: install poppler-utils to read PDFs in tests")
    done = subprocess.run(["pdftotext", *options, "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def words_of(pdf: bytes) -> list[str]:
    # Poppler puts marks of direction around right-to-left words.
    return (
        text_of(pdf)
        .translate(dict.fromkeys(range(0x202A, 0x202F)))
        .translate(dict.fromkeys(range(0x2066, 0x206A)))
        .split()
    )


@pytest.fixture(autouse=True)
def _switched_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RAPPORT_PDF", raising=False)


# What a document is


def test_pages_are_numbered_and_counted() -> None:
    pdf = render_pdf(
        document('<p>one</p><p style="break-before: page">two</p><p style="break-before: page">three</p>')
    )
    assert count_pages(pdf) == 3
    assert words_of(pdf) == ["one", "1", "of", "3", "two", "2", "of", "3", "three", "3", "of", "3"]


def test_document_is_tagged_and_says_its_language_and_title() -> None:
    with pikepdf.open(io.BytesIO(render_pdf(document("<h1>Head</h1><p>text</p>")))) as pdf:
        assert str(pdf.Root.Lang) == "en"
        assert pdf.Root.MarkInfo.Marked
        assert str(pdf.Root.StructTreeRoot.Type) == "/StructTreeRoot"
        metadata = pdf.open_metadata()
        assert metadata["{http://www.aiim.org/pdfua/ns/id/}part"] == "1"
        assert metadata["dc:title"] == "A report"


def test_title_given_replaces_the_one_of_the_html() -> None:
    with pikepdf.open(io.BytesIO(render_pdf(document("<p>x</p>"), title="Spend – “2026” (α)"))) as pdf:
        assert str(pdf.docinfo["/Title"]) == "Spend – “2026” (α)"


@pytest.mark.parametrize(
    ("html", "title", "message"),
    [
        (
            "<p>x</p>",
            "T",
            "The PDF could not be made: the document does not say which language it is in (html lang).",
        ),
        ('<html lang="en"><p>x</p></html>', "", "The PDF could not be made: the document has no title."),
    ],
)
def test_accessible_document_needs_language_and_title(html: str, title: str, message: str) -> None:
    with pytest.raises(PdfFailed) as caught:
        render_pdf(html, title=title)
    assert caught.value.message == message


def test_plain_variant_needs_neither() -> None:
    assert words_of(render_pdf("<p>x</p>", variant=None)) == ["x"]


def test_same_input_gives_the_same_bytes() -> None:
    files = [PdfAttachment("data.csv", b"a,b\r\n", created=AT)]
    assert render_pdf(document("<p>x</p>"), attachments=files) == render_pdf(
        document("<p>x</p>"), attachments=files
    )


@pytest.mark.parametrize(
    "text", ["المملكة العربية السعودية", "中文报告", "日本語の表", "Ελληνικά", "Łódź Ñandú"]
)
def test_scripts_come_out_as_they_went_in(text: str) -> None:
    chart = BarChart(title="T", bars=[Bar(text, 3, "3", Kind.NON_CASH)])
    assert words_of(render_pdf(document(f"<p>{text}</p>"))) == [*text.split(), "1", "of", "1"]
    # In drawings WeasyPrint alone would take Arabic letters apart and turn them round.
    # Poppler lists what stands on one height from the right if any of it reads from the right.
    assert sorted(words_of(render_pdf(document(str(chart.svg(palette=PRINT)))))) == sorted(
        ["T", *text.split(), "3", "1", "of", "1"]
    )


def test_every_script_finds_a_font() -> None:
    with pikepdf.open(io.BytesIO(render_pdf(document("<p>abc العربية 中文</p>")))) as pdf:
        fonts = {str(font.BaseFont).split("+")[-1] for font in pdf.pages[0].Resources.Font.values()}
    assert sorted(fonts & {"Inter", "Noto-Sans-Arabic", "Droid-Sans-Fallback"}) == [
        "Droid-Sans-Fallback",
        "Inter",
        "Noto-Sans-Arabic",
    ]


def test_chart_is_a_figure_with_its_finding_as_text() -> None:
    chart = BarChart(title="Lodging is two thirds", bars=[Bar("Lodging", 3, "3")])
    with pikepdf.open(io.BytesIO(render_pdf(document(str(chart.svg(palette=PRINT)))))) as pdf:
        figures = [
            item
            for item in pdf.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/S") == "/Figure"
        ]
        assert [str(figure.Alt) for figure in figures] == ["Lodging is two thirds"]


def test_drawing_that_cannot_be_drawn_is_no_silent_hole() -> None:
    broken = '<svg width="10" height="10" viewBox="0 0 10 10"><rect width="5" height="5" transform="rotate(a)"/></svg>'
    with pytest.raises(PdfFailed) as caught:
        render_pdf(document(broken + broken))
    assert caught.value.message == "The PDF could not be made: 2 drawing(s) could not be drawn."


# Attachments


@pytest.mark.parametrize("variant", ["pdf/ua-1", "pdf/a-3a"])
def test_attachments_are_carried_with_their_relationship(variant: Variant) -> None:
    files = [
        PdfAttachment(
            "données.csv", b"a,b\r\n1,2\r\n", description="The figures", relationship="Data", created=AT
        ),
        PdfAttachment("source.json", b"{}", relationship="Source", created=AT),
    ]
    with pikepdf.open(
        io.BytesIO(render_pdf(document("<p>x</p>"), attachments=files, variant=variant))
    ) as pdf:
        found = [
            (
                str(item.UF),
                str(item.AFRelationship),
                str(item.Desc),
                item.EF.F.read_bytes(),
                str(item.EF.F.Params.CreationDate),
            )
            for item in pdf.Root.AF
        ]
    assert found == [
        ("données.csv", "/Data", "The figures", b"a,b\r\n1,2\r\n", "D:20261122054400Z"),
        ("source.json", "/Source", "", b"{}", "D:20261122054400Z"),
    ]


def test_attachment_needs_a_zone() -> None:
    with pytest.raises(ValueError) as caught:
        render_pdf(document(""), attachments=[PdfAttachment("a", b"", created=datetime(2026, 1, 1))])
    assert str(caught.value) == "PdfAttachment.created needs a time zone"


# What it may read


class Trap(http.server.BaseHTTPRequestHandler):
    """Answers everything with a redirect to a local file, and remembers that it was asked."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", "file:///etc/hostname")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def trap() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    Trap.asked.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


OUTSIDE = [
    ('<img src="{0}/a" alt="a">', ""),
    ('<object data="{0}/a"></object>', ""),
    ('<embed src="{0}/a">', ""),
    ('<p style="background: url({0}/a)">x</p>', ""),
    ('<p style="list-style-image: url({0}/a); display: list-item">x</p>', ""),
    ('<p style="content: url({0}/a)">x</p>', ""),
    ('<svg width="9" height="9"><image href="{0}/a" width="9" height="9"/></svg>', ""),
    ('<svg width="9" height="9"><use href="{0}/a#b"/></svg>', ""),
    ('<a rel="attachment" href="{0}/a">x</a>', ""),
    ('<img src="a" alt="a">', '<base href="{0}/">'),
    ("", '<link rel="stylesheet" href="{0}/a">'),
    ("", '<link rel="attachment" href="{0}/a">'),
    ("", '<link rel="icon" href="{0}/a">'),
    ("", "<style>@import url({0}/a);</style>"),
    ("", "<style>@font-face {{ font-family: Evil; src: url({0}/a) }} p {{ font-family: Evil }}</style>"),
    ("", "<style>@page {{ background: url({0}/a) }}</style>"),
    ('<img alt="a" src="data:image/svg+xml,&lt;svg xmlns=%22http://www.w3.org/2000/svg%22 width=%229%22 height=%229%22&gt;'
     '&lt;image href=%22{0}/a%22 width=%229%22 height=%229%22/&gt;&lt;/svg&gt;">', ""),
]  # fmt: skip


@pytest.mark.parametrize("scheme", ["http", "file", "ftp"])
def test_nothing_outside_is_read(trap: str, scheme: str, tmp_path: Path) -> None:
    secret = tmp_path / "a"
    secret.write_text("the secret of the server")
    base = {"http": trap, "file": tmp_path.as_uri(), "ftp": trap.replace("http", "ftp")}[scheme]
    html = document(
        "".join(body.format(base) for body, _ in OUTSIDE) + "<p>end</p>",
        "".join(head.format(base) for _, head in OUTSIDE),
    )
    pdf = render_pdf(html, variant=None)
    assert Trap.asked == []
    assert "secret" not in text_of(pdf)
    with pikepdf.open(io.BytesIO(pdf)) as parsed:
        assert list(parsed.attachments) == []
        streams = [
            item.read_bytes()
            for item in parsed.objects
            if isinstance(item, pikepdf.Stream) and "/DecodeParms" not in item
        ]
    assert [stream for stream in streams if b"the secret of the server" in stream] == []


def test_refused_addresses_are_logged_by_number_and_example(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, logger="app.core.pdf"):
        render_pdf(
            document('<img src="file:///etc/hostname" alt="a"><img src="https://example.org/b" alt="b">')
        )
    assert [record.getMessage() for record in caplog.records] == [
        "pdf: refused 2 address(es), first 'file:///etc/hostname'"
    ]


def test_entities_of_a_drawing_are_not_followed() -> None:
    evil = (
        '<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>'
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="20"><text y="12">&x;</text></svg>'
    )
    pdf = render_pdf(
        document('<img alt="a" src="drawing.svg"><p>end</p>'),
        assets={"drawing.svg": Asset(evil.encode(), "image/svg+xml")},
    )
    # The drawing is refused as a whole, its alternative text stands in for it.
    assert words_of(pdf) == ["a", "end", "1", "of", "1"]


def test_own_assets_and_written_images_are_served() -> None:
    def drawing(text: str) -> str:
        return (
            f"<svg xmlns='http://www.w3.org/2000/svg' width='99' height='20'><text y='12'>{text}</text></svg>"
        )

    written = "data:image/svg+xml," + drawing("written").replace("<", "&lt;").replace(">", "&gt;")
    assets = {
        "img/logo.svg": Asset(drawing("from memory").encode(), "image/svg+xml"),
        "print.css": Asset(b"p::after { content: ' styled' }", "text/css"),
    }
    html = document(
        f'<p>plain</p><img src="img/logo.svg" alt="l"><br><img src="{written}" alt="w">',
        '<link rel="stylesheet" href="print.css">',
    )
    assert sorted(words_of(render_pdf(html, assets=assets))) == sorted(
        ["plain", "styled", "from", "memory", "written", "1", "of", "1"]
    )


# When it does not work


def test_switched_off_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAPPORT_PDF", "off")
    for attempt in (lambda: render_pdf(document("")), require_pdf):
        with pytest.raises(PdfUnavailable) as caught:
            attempt()
        assert caught.value.message == (
            "PDF files are switched off on this server (RAPPORT_PDF=off). Use the page and the spreadsheet instead."
        )


def test_missing_native_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "weasyprint.py").write_text("raise OSError(\"cannot load library 'libpango-1.0-0'\")\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PdfUnavailable) as caught:
        render_pdf(document("<p>x</p>"))
    assert caught.value.message == (
        "PDF files cannot be made on this server: WeasyPrint or the Pango library is missing. "
        "Install them (Debian: libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0; "
        "Python: weasyprint) or use the page and the spreadsheet instead."
    )


def test_library_that_crashes_is_a_failure_and_not_a_crash(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "weasyprint.py").write_text("import sys; print('noise'); sys.exit(7)\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(PdfFailed) as caught:
        render_pdf(document("<p>x</p>"))
    assert caught.value.message == (
        "The PDF could not be made: the layout program stopped unexpectedly. Please tell the operator."
    )


def test_present_libraries_pass() -> None:
    require_pdf()


LONG = document("<table>" + "<tr><td>a</td><td>b</td></tr>" * 20_000 + "</table>")


def test_layout_that_takes_too_long_is_killed() -> None:
    with pytest.raises(PdfTooLarge) as caught:
        render_pdf(LONG, timeout=3)
    assert caught.value.message == (
        "The PDF was not made because laying it out took longer than 3 seconds. "
        "Choose a shorter period or fewer rows, or take the spreadsheet."
    )


def test_every_page_is_told_as_it_is_laid_out() -> None:
    pages: list[int] = []
    pdf = render_pdf(
        document("<table>" + "<tr><td>a</td><td>b</td></tr>" * 200 + "</table>"), told=pages.append
    )
    assert sorted(set(pages)) == list(range(1, count_pages(pdf) + 1))
    assert len(set(pages)) > 1


def test_what_the_listener_raises_ends_the_layout() -> None:
    class Enough(Exception):
        pass

    heard: list[int] = []

    def stop(page: int) -> None:
        heard.append(page)
        raise Enough

    with pytest.raises(Enough):
        render_pdf(LONG, told=stop)
    assert len(heard) == 1


def test_layout_that_needs_too_much_memory_is_stopped() -> None:
    with pytest.raises(PdfTooLarge) as caught:
        render_pdf(LONG, memory_mb=200)
    assert caught.value.message == (
        "The PDF was not made because it needed more than 200 MB of memory. "
        "Choose a shorter period or fewer rows, or take the spreadsheet."
    )


def test_secrets_of_the_server_stay_with_the_server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "weasyprint.py").write_text("import os\nraise ImportError(','.join(sorted(os.environ)))\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("RAPPORT_SECRET_KEY", "do not tell")
    monkeypatch.setenv("DATABASE_URL", "do not tell")
    with pytest.raises(PdfUnavailable), pytest.MonkeyPatch.context() as patch:
        seen: list[str] = []
        patch.setattr("app.core.pdf.log.error", lambda _, message: seen.extend(message.split(",")))
        render_pdf(document("<p>x</p>"))
    assert sorted(set(seen) & {"RAPPORT_SECRET_KEY", "DATABASE_URL", "PYTHONPATH"}) == ["PYTHONPATH"]


def test_count_pages_refuses_what_is_no_pdf() -> None:
    with pytest.raises(PdfFailed) as caught:
        count_pages(b"<html>")
    assert caught.value.message == "This file is not a readable PDF."
