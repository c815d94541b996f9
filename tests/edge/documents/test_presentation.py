"""Slides, made and read again by python-pptx."""

import io

import pytest

pptx = pytest.importorskip("pptx")
chart_data = pytest.importorskip("pptx.chart.data")


@pytest.fixture
def image() -> io.BytesIO:
    """A PNG file."""
    pillow = pytest.importorskip("PIL.Image")
    stream = io.BytesIO()
    pillow.new("RGB", (2, 2), "red").save(stream, "png")
    return stream


def save(slides) -> bytes:
    stream = io.BytesIO()
    slides.save(stream)
    return stream.getvalue()


def shapes(slide) -> list[tuple]:
    return [(shape.shape_id, shape.name, shape.left, shape.top, shape.width, shape.height) for shape in slide.shapes]


def runs(paragraph) -> list[tuple]:
    return [(run.text, run.font.bold, run.font.size, run.hyperlink.address) for run in paragraph.runs]


def test_structure_styles_and_images(translated, image):
    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[1])
    slide.shapes.title.text = "uno dos"
    frame = slide.placeholders[1].text_frame
    frame.text = "tres "
    bold = frame.paragraphs[0].add_run()
    bold.text, bold.font.bold, bold.font.size = "cuatro", True, pptx.util.Pt(30)
    link = frame.paragraphs[0].add_run()
    link.text, link.hyperlink.address = " cinco", "https://example.org/"
    second = frame.add_paragraph()
    second.text, second.level = "seis\vsiete", 1
    slide.shapes.add_picture(image, 0, 0)
    table = slide.shapes.add_table(1, 2, 0, 0, 999999, 999999).table
    table.cell(0, 0).text, table.cell(0, 1).text = "ocho", "12"
    data = chart_data.CategoryChartData()
    data.categories = ["a"]
    data.add_series("b", (1,))
    chart = slide.shapes.add_chart(pptx.enum.chart.XL_CHART_TYPE.PIE, 0, 0, 999999, 999999, data).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "nueve"
    slide.notes_slide.notes_text_frame.text = "diez"
    before = save(slides)
    after = pptx.Presentation(io.BytesIO(translated("a.pptx", before)))
    [found] = after.slides
    assert shapes(found) == shapes(slide) and found.slide_layout.name == slide.slide_layout.name
    assert found.shapes.title.text == "one two"
    first, second = found.placeholders[1].text_frame.paragraphs
    assert runs(first) == [
        ("three ", None, None, None),
        ("four", True, pptx.util.Pt(30), None),
        (" five", None, None, "https://example.org/"),
    ]
    assert (second.text, second.level) == ("six\vseven", 1)
    # Its text has no attributes, unlike Word's.
    assert not [text.attrib for text in first._p.iter(f"{{{first._p.nsmap['a']}}}t") if text.attrib]
    tables = [shape.table for shape in found.shapes if shape.has_table]
    assert [cell.text for cell in tables[0].rows[0].cells] == ["eight", "12"]
    charts = [shape.chart for shape in found.shapes if shape.has_chart]
    assert charts[0].chart_title.text_frame.text == "nine"
    assert [plot.categories[0] for plot in charts[0].plots] == ["a"]
    assert found.notes_slide.notes_text_frame.text == "ten"
    pictures = [[shape.image.blob for shape in each.shapes if hasattr(shape, "image")] for each in (slide, found)]
    assert pictures[0] == pictures[1] and len(pictures[0]) == 1


def test_the_end_of_a_paragraph_stays_its_last_part(translated):
    slides = pptx.Presentation()
    slide = slides.slides.add_slide(slides.slide_layouts[0])
    paragraph = slide.shapes.title.text_frame.paragraphs[0]
    run = paragraph.add_run()
    run.text = "uno"
    paragraph._p.get_or_add_endParaRPr().set("lang", "es")
    [found] = pptx.Presentation(io.BytesIO(translated("a.pptx", save(slides)))).slides
    assert [child.tag.rpartition("}")[2] for child in found.shapes.title.text_frame.paragraphs[0]._p] == [
        "r",
        "endParaRPr",
    ]
