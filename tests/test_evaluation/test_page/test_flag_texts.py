"""Flags are explained as their page explains them."""
from mmadvrain.evaluation.page.flag_texts import flag_texts, parse_flags


def test_every_flag_has_its_three_sentences():
    texts = flag_texts()
    assert len(texts) >= 13 and 'zero_gradient' in texts
    for flag, said in texts.items():
        assert [word for word, _ in said
                ] == ['Raised if', 'It means', 'What to do'], flag
        assert all(text.endswith('.') for _, text in said), flag


def test_markdown_is_read_as_text():
    texts = parse_flags('# Flags\n\n## `one`\n- Raised if: `x` is\n  so '
                        '([page](a.md)).\n- It means: it: is.\n')
    assert texts == dict(one=[('Raised if',
                               'x is so (page).'), ('It means', 'it: is.')])
