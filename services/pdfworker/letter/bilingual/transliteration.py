"""Persian names in Latin letters, letter by letter. Called by `page` and `tables`.

A program cannot know the short vowels, which Persian does not write, so the letter says that a program wrote
the name. Words that stand in many names of workshops, and some names of people, have their usual spelling.
"""

import re
import unicodedata
from functools import lru_cache

from services.kit.text import ZWNJ, normalise_digits

WORDS = {
    "آموزش": "Amuzesh", "آموزشی": "Amuzeshi", "اداره": "Edareh", "ایران": "Iran",
    "اجتماعی": "Ejtemai", "امور": "Omur", "بیمه": "Bimeh", "تامین": "Tamin",
    "شدگان": "Shodegan", "کل": "Koll", "های": "Haye", "بازرگانی": "Bazargani",
    "بیمارستان": "Bimarestan", "تاسیسات": "Tasisat", "تجاری": "Tejari", "تعاونی": "Taavoni",
    "تهران": "Tehran", "توزیع": "Towzi", "تولید": "Towlid", "تولیدی": "Towlidi", "چاپخانه": "Chapkhaneh",
    "خاص": "Khas", "خدمات": "Khadamat", "خدماتی": "Khadamati", "خراسان": "Khorasan",
    "داروخانه": "Darukhaneh",
    "دانشگاه": "Daneshgah", "دفتر": "Daftar", "رستوران": "Restoran", "ساختمان": "Sakhteman",
    "ساختمانی": "Sakhtemani", "سازمان": "Sazman", "سهامی": "Sahami", "شرق": "Shargh", "شرکت": "Sherkat",
    "شعبه": "Shobeh", "شهرداری": "Shahrdari", "صنایع": "Sanaye", "صنعت": "Sanat", "صنعتی": "Sanati",
    "عام": "Aam", "عمرانی": "Omrani", "غذایی": "Ghazai", "غرب": "Gharb", "فروش": "Forush",
    "فروشگاه": "Forushgah", "فنی": "Fanni", "کار": "Kar", "کارخانه": "Karkhaneh", "کارگاه": "Kargah",
    "کشاورزی": "Keshavarzi", "گروه": "Goruh", "لوازم": "Lavazem", "مدرسه": "Madreseh", "مرکز": "Markaz",
    "مرکزی": "Markazi", "مسئولیت": "Masuliyat", "محدود": "Mahdud", "مهندسی": "Mohandesi",
    "موسسه": "Moassese",
    "نمونه": "Nemuneh", "نو": "No", "و": "va", "واحد": "Vahed", "یزد": "Yazd",
    "انبار": "Anbar", "انباردار": "Anbardar", "برنامه": "Barnameh", "پرستار": "Parastar",
    "تکنسین": "Teknisian", "حسابدار": "Hesabdar", "حسابداری": "Hesabdari", "راننده": "Ranandeh",
    "ساده": "Sadeh", "سرپرست": "Sarparast", "فروشنده": "Forushandeh", "کارشناس": "Karshenas",
    "کارگر": "Kargar", "کارمند": "Karmand", "کمک": "Komak", "مدیر": "Modir", "معلم": "Moallem",
    "منشی": "Monshi", "مهندس": "Mohandes", "ناظر": "Nazer", "نگهبان": "Negahban", "نویس": "Nevis",
    "احمد": "Ahmad", "احمدی": "Ahmadi", "اکبر": "Akbar", "امیر": "Amir", "پور": "Pour", "حسن": "Hasan",
    "حسین": "Hossein", "حسینی": "Hosseini", "رضا": "Reza", "رضایی": "Rezaei", "زاده": "Zadeh",
    "زهرا": "Zahra", "سارا": "Sara", "سید": "Seyed", "عباس": "Abbas", "علی": "Ali", "غلام": "Gholam",
    "غلامرضا": "Gholamreza", "فاطمه": "Fatemeh", "کریمی": "Karimi", "محمد": "Mohammad",
    "محمدی": "Mohammadi", "مریم": "Maryam", "مهدی": "Mehdi", "نژاد": "Nejad",
}  # fmt: skip
LETTERS = {
    "آ": "a", "ا": "a", "أ": "a", "إ": "e", "ب": "b", "پ": "p", "ت": "t", "ث": "s", "ج": "j", "چ": "ch",
    "ح": "h", "خ": "kh", "د": "d", "ذ": "z", "ر": "r", "ز": "z", "ژ": "zh", "س": "s", "ش": "sh", "ص": "s",
    "ض": "z", "ط": "t", "ظ": "z", "ع": "'", "غ": "gh", "ف": "f", "ق": "gh", "ک": "k", "گ": "g", "ل": "l",
    "م": "m", "ن": "n", "و": "u", "ؤ": "o", "ه": "h", "ة": "h", "ی": "i", "ئ": "e", "ء": "'",
}  # fmt: skip
# At the beginning of a word, and before a letter for a long vowel, these two are consonants.
CONSONANTS = {"و": "v", "ی": "y"}
VOWELS = frozenset("آاویأ")
PUNCTUATION = str.maketrans({"،": ",", "؛": ";", "؟": "?", "«": '"', "»": '"', "٫": ".", "٬": ",", "٪": "%"})
_RUN = re.compile("[\u0621-\u064a\u067e\u0686\u0698\u06a9\u06af\u06cc]+")
_VOWEL_SIGNS = re.compile("[\u064b-\u065f\u0670]")


@lru_cache(maxsize=512)
def convert_to_latin(text: str) -> str:
    """Return a text of one line in Latin letters; what is not Persian stays as it is."""
    plain = _VOWEL_SIGNS.sub("", unicodedata.normalize("NFC", text))
    spelled = _RUN.sub(lambda run: _convert_word(run[0]), normalise_digits(plain))
    return spelled.replace(ZWNJ, "-").translate(PUNCTUATION)


def _convert_word(word: str) -> str:
    if word in WORDS:
        return WORDS[word]
    letters = []
    for place, letter in enumerate(word):
        following = word[place + 1 : place + 2]
        is_consonant = place == 0 or following in VOWELS
        letters.append(
            CONSONANTS[letter] if is_consonant and letter in CONSONANTS else LETTERS.get(letter, "")
        )
    spelled = "".join(letters)
    # An ayn at the beginning has no sound of its own.
    spelled = spelled.lstrip("'")
    return spelled[:1].upper() + spelled[1:]
