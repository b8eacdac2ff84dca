"""Names of lists' files are cut into words that are found however they were spelled."""

import pytest

from services.records.actions.file_names import cut_path
from services.records.lists.file_names import build_file_words, list_searched_words
from services.records.models.files import MAX_PATH_LENGTH


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("مهر ۱۴۰۳/DSKKAR00.DBF", "مهر1403 1403 dskkar00dbf dbf"),
        ("علي‌رضا كاظمي", "علیرضاکاظمی کاظمی"),
        ("a\\b//c", "a b c"),
        ("نیک_بین-(2)", "نیکبین2 بین2 2"),
        ("هیأت", "هیات"),
        ("مُحَمَّد", "محمد"),
        ("\ufffd/'\"&|:*!", ""),
        ("", ""),
    ],
)
def test_words_of_a_name(name: str, words: str) -> None:
    assert build_file_words(name) == words


def test_searched_words_are_single_words_or_one() -> None:
    assert list_searched_words(" علی رضا ") == [["علی", "رضا"], ["علیرضا"]]
    assert list_searched_words("البرز") == [["البرز"]]
    assert list_searched_words("%_'&|") == []


def test_every_word_is_letters_and_digits() -> None:
    everything = "".join(map(chr, range(0x20, 0x3000)))
    assert all(word.isalnum() for word in build_file_words(f"ا{everything}").split(" "))


def test_long_paths_lose_their_beginning() -> None:
    assert cut_path("a" * MAX_PATH_LENGTH) == "a" * MAX_PATH_LENGTH
    cut = cut_path("x/" + "a" * MAX_PATH_LENGTH)
    assert (len(cut), cut[0], cut[-1]) == (MAX_PATH_LENGTH, "…", "a")
    assert cut_path("a\x00\u202eb\ud800") == "a\ufffd\ufffdb\ufffd"
