"""Web pages; how tags are placed is tested with `edge.markup`."""


def test_a_page(translated):
    page = b"\xef\xbb\xbf<!doctype html>\r\n<title>uno</title>\r\n<p class=a>dos <b>tres</b><br>cuatro</p>\r\n"
    expected = b"\xef\xbb\xbf<!doctype html>\r\n<title>one</title>\r\n<p class=a>two <b>three</b><br>four</p>\r\n"
    assert translated("a.html", page) == expected


def test_xhtml_is_kept(translated):
    page = '<?xml version="1.0"?><html xmlns="a"><p><a id="x"/>uno <i>dos</i><br/>tres</p></html>'
    expected = page.replace("uno", "one").replace("dos", "two").replace("tres", "three")
    assert translated("a.xhtml", page.encode()) == expected.encode()
