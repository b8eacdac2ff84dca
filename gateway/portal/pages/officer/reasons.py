"""The field for the reason of a look at a person's data. Called by the forms that lead to a person."""

from flask_babel import lazy_gettext as _
from wtforms import StringField
from wtforms.validators import DataRequired, Length

LONGEST = 200


def build_reason_field() -> StringField:
    """Return the field; blanks are rejected."""
    return StringField(
        _("علت مشاهده"),
        description=_("برای چه کاری؟ بیمه‌شده این متن را در «تامین اجتماعی من» می‌خواند؛ حداکثر ۲۰۰ نویسه."),
        validators=[
            DataRequired(_("علت مشاهده را بنویسید.")),
            Length(max=LONGEST, message=_("علت مشاهده حداکثر ۲۰۰ نویسه است. آن را کوتاه‌تر کنید.")),
        ],
        render_kw={"autocomplete": "off", "dir": "auto"},
    )
