"""Icons: hidden beside words, named where they stand alone."""

from django.template import Context, Template


def drawn(source, **context):
    return Template(source).render(Context(context))


def test_an_icon_beside_words_is_hidden_from_who_listens():
    assert drawn('{% icon "plus" %}') == (
        '<svg class="icon" aria-hidden="true" focusable="false">'
        '<use href="/static/img/icons.svg#plus"></use></svg>\n'
    )


def test_an_icon_that_stands_alone_has_a_name_which_is_escaped():
    assert drawn('{% icon "close" alt=words %}', words='"<b>') == (
        '<svg class="icon" role="img" aria-label="&quot;&lt;b&gt;" focusable="false">'
        '<use href="/static/img/icons.svg#close"></use></svg>\n'
    )
