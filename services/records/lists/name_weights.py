"""How likely a text is Persian as it stands in lists: names, sexes, jobs and places. `encodings` calls it.

The weight of a text is the sum of its letters' weights. A letter's weight is the binary logarithm of how much
likelier it is after the letter before it, in the words below, than any letter is by chance. Persian names
have about one and a half per letter, random letters about minus one, and a sign that is in no name minus six.
Nothing weighs more than that, so that no single byte decides against many.
"""

import math
from collections import Counter
from itertools import pairwise

from services.kit.text import ZWNJ, normalise_text

WORDS = """
علی محمد حسین رضا مهدی حسن امیر سعید حمید مجید احمد محمود ناصر جواد کاظم صادق باقر هادی یوسف ابراهیم اسماعیل
داود سلیمان عباس اکبر اصغر قاسم کریم رحیم نادر بهرام بهمن فرهاد خسرو سهراب رستم آرش کاوه سیاوش کیوان پیمان
پژمان بابک شاهین شهرام فریدون منوچهر هوشنگ جمشید ایرج تورج مسعود منصور مرتضی مصطفی مجتبی طاها یاسین غلامرضا
غلامحسین محمدرضا علیرضا حمیدرضا امیرحسین محمدحسین محمدعلی محمدمهدی ابوالفضل ابوالقاسم عبدالله عبدالرضا
نعمت‌الله روح‌الله حبیب‌الله فتح‌الله نورالله اسدالله سیدمحمد کامران کامبیز کیومرث کوروش داریوش اردشیر اشکان
آرمان آرین ایمان احسان پویا پدرام پوریا سینا سامان سپهر سجاد سروش شایان شهاب صابر صمد طالب عارف عادل عرفان
عزیز علیار فرزاد فرشید فرامرز فواد قدرت کمال کیان کیانوش لطف مازیار ماهان محسن مختار مراد مسلم معین مقداد
ملک مهران مهرداد مهیار میثم میلاد نادعلی نصرت نعیم نیما هاشم هرمز همایون وحید یحیی یعقوب یونس حارث غیاث لیث
ضیا ضرغام ظفر ذوالفقار ذبیح ثاقب ژوبین چنگیز گشتاسب گودرز مالک مبارک سیامک اتابک سالک ادریس گل نور شاه خان
بیگ آقا سید میر ملا حاجی کربلایی مشهدی فاطمه زهرا مریم معصومه زینب سکینه رقیه لیلا سارا نرگس نسرین نسترن
یاسمن لاله ژاله هاله شهلا مهین پروین پروانه فرزانه فریبا فرشته شیرین شیوا شبنم مینا مهسا مهناز مهرنوش نیلوفر
الهام الهه اعظم اکرم اشرف بهاره بهناز پریسا پگاه ترانه تهمینه ثریا جمیله چیستا حمیده خدیجه راضیه رویا زیبا
سپیده ستاره سحر صدیقه طاهره طیبه عاطفه غزاله کبری گلناز منیژه هستی آزاده آتنا آیدا افسانه افسون اکرم الناز
انسیه بتول بنفشه پرستو پریناز تینا حدیث حکیمه حلیمه حوا خاطره درسا رعنا ریحانه زهره زکیه سمیرا سمیه سهیلا
سوسن سیما شقایق شکوفه شهره شهناز شهین صغری طلعت عفت عذرا فائزه فخری فروغ فهیمه کتایون گلی لیدا ماریا مائده
محبوبه محدثه مرضیه مژگان ملیحه منصوره مهتاب مهدیه مهری مونا میترا نازنین نجمه ندا نفیسه نگار نگین نوشین
هانیه هما هدیه وجیهه یگانه یلدا کلثوم بلقیس هاجر محمدی حسینی احمدی رضایی کریمی موسوی جعفری صادقی رحیمی
ابراهیمی هاشمی علیزاده قاسمی اکبری حیدری نوری مرادی سلیمانی باقری یوسفی نجفی کاظمی عباسی شریفی زارع امینی
فتحی خسروی ملکی طاهری غلامی پناهی ضیایی ظریفی ثابتی ژیانی چراغی گودرزی پورمحمد بهرامی شجاعی قنبری اسدی داودی
میرزایی توکلی جهانی وحیدی کمالی لطفی فرهادی مقدم نژاد پور فر زاده نیا اصل راد مؤمنی مومنی مؤذن رئیسی رئوفی
سائلی وائلی قائمی قائدی دائمی صفائی رجائی طباطبایی خدایی بهشتی شیرازی تهرانی اصفهانی کرمانی تبریزی یزدی
همدانی اراکی گیلانی مازندرانی لرستانی کردی بلوچی عرب ترک ترکمن افشار قاجار بیات بختیاری قشقایی عزیزی عظیمی
علوی عمرانی غفاری فاضلی فلاح فیاضی فیروزی قربانی قهرمانی کاکاوند کلهر کوهی کیانی گلستانی گرجی گلزار لاری
لشکری محبی محسنی محمودی مختاری مدنی مرتضوی مستوفی مسعودی مشایخی مصطفوی مظاهری معتمدی معصومی ملایی منصوری
موحدی مهدوی میرزا ناصری نادری نبوی نصیری نظری نعمتی نقدی نوروزی نیازی نیکو واعظی ولی ویسی هدایتی همتی یاوری
یزدانی یعقوبی آقایی آذری آریا آزادی اسکندری اسماعیلی اشرفی افتخاری افضلی اقبالی الهی امامی امیری انصاری
ایزدی بابایی بخشی بدری براتی برزگر بیگی پارسا پاکدل پهلوان پیروز تاجیک ترابی تقوی تقی تیموری ثانی جباری
جلالی جلیلی جمالی جوادی جوان چمنی حاتمی حافظی حبیبی حجتی حسنی حقیقی حکیمی خادمی خالقی خانی خاکی خزایی خلیلی
خواجه دانش داوری درویش دهقان دلاوری ذاکری راستگو راشدی ربیعی رستمی رسولی رفیعی رمضانی روحانی رهبری زمانی زند
زنگنه ساداتی سالاری ستوده سجادی سرابی سعادت سعیدی سلطانی سهرابی سیفی شاکری شاهی شبانی شفیعی شکری شمس شهبازی
شیخ صابری صالحی صباغی صدری صفایی صفری صمدی صنعتی ضرابی طالبی طهماسبی عابدی عارفی عاشوری عامری عبدی عبداللهی
عسکری عطایی یوسفیان مهرجو بیگانه کوچک حداد خیاط نجار قصاب عطار مرد زن ایرانی ایران غیرایرانی غیر اتباع خارجی
افغانستان افغانی عراق پاکستان کارگر ساده ماهر جوشکار تراشکار برقکار بنا راننده انباردار حسابدار منشی کارمند
اداری کارشناس فروش فروشنده مهندس عمران مکانیک تکنسین سرپرست تولید مدیر عامل نگهبان آشپز نانوا پرستار ماما
آموزگار کتابدار برنامه نویس طراح عکاس چاپکار بافنده رنگ کار لوله کش خودرو باغبان دامدار نظافتچی پیک تلفنچی
خدمات تهران مشهد اصفهان شیراز تبریز کرج اهواز قم کرمانشاه ارومیه رشت زاهدان همدان کرمان یزد اردبیل اراک
زنجان سنندج قزوین گرگان ساری بوشهر بیرجند ایلام سمنان یاسوج بجنورد خیابان کوچه بلوار پلاک میدان جاده کیلومتر
شهرک بهار امید دانش صنعت کارگاه نجاری خیاطی تولیدی پوشاک کارخانه آجر شرکت ساختمانی حمل نقل پخش مواد غذایی
مهندسی دفتر بیمه داروخانه درمانگاه دبستان چاپخانه نانوایی قنادی رستوران هتل فروشگاه تعمیرگاه کشت مرغداری
گاوداری پارچه فرش بافی صنایع چوب ذوب فلز قطعه سازی رایانه گروه بازرگانی عمومی خاص سهامی موسسه بیمارستان
آموزشگاه دانشگاه مجتمع تعاونی شهرداری پیمانکاری پروژه لیست ماه سال شماره
"""

KNOWN_WORDS = frozenset(WORDS.split())
# The weight of a sign that is in no name, and of one that is rare.
STRAY, RARE = -6.0, -3.0

_PRIOR, _ALPHABET = 4.0, 40
_MOST, _LEAST = 4.0, -3.0
_EDGE = " "
_FOLDS = str.maketrans("أإٱۀةىيك", "اااههییک", "ـ\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652" + ZWNJ)
_COMMON = {**dict.fromkeys(" -./,()،۰۱۲۳۴۵۶۷۸۹٠١٢٣٤٥٦٧٨٩", 0.0)}
_RARE = frozenset(
    "\u064b\u064c\u064d\u064e\u064f\u0650\u0651\u0652\u0654\u0670ـءةأإٱ؛؟?«»\"'\u200f\u200e\ufeff"
)


def _compute_weights() -> dict[str, float]:
    """Return the weight of each pair of letters; an edge of a word counts as a letter."""
    folded = [word.translate(_FOLDS) for word in WORDS.split()]
    pairs = Counter(a + b for word in folded for a, b in pairwise(f"{_EDGE}{word}{_EDGE}"))
    firsts, letters = Counter[str](), Counter[str]()
    for pair, count in pairs.items():
        firsts[pair[0]] += count
        letters[pair[1]] += count
    total = letters.total()
    weights: dict[str, float] = {}
    for a in firsts:
        for b in letters:
            share = (letters[b] + 0.5) / (total + 0.5 * _ALPHABET)
            likelihood = (pairs[a + b] + _PRIOR * share) / (firsts[a] + _PRIOR)
            weights[a + b] = max(_LEAST, min(_MOST, math.log2(likelihood * _ALPHABET)))
    return weights


_WEIGHTS = _compute_weights()


def score_text(text: str) -> float:
    """Return the weight of a text: positive for Persian names, negative for other texts."""
    weight, before = 0.0, _EDGE
    for character in text:
        letter = character.translate(_FOLDS)
        if not letter:
            weight += 0.0 if character == ZWNJ else RARE
            continue
        if before + letter in _WEIGHTS and letter != _EDGE:
            weight += _WEIGHTS[before + letter]
            before = letter
            continue
        weight += _score_sign(character)
        before = _EDGE
    return weight


def _score_sign(character: str) -> float:
    if character in _COMMON or (character.isascii() and character.isalnum()):
        return 0.0
    return RARE if character.isascii() or character in _RARE else STRAY


def score_per_letter(text: str) -> float:
    """Return the mean weight of a letter of a text, 0 for a blank one."""
    letters = sum(not character.isspace() for character in text)
    return score_text(text) / letters if letters else 0.0


def is_known(text: str) -> bool:
    """Return whether each word of a text is among the words above."""
    words = normalise_text(text).replace(ZWNJ, " ").split()
    return bool(words) and all(word in KNOWN_WORDS for word in words)
