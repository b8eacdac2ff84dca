"""The problems of papers that are attached to objections, with the words for people."""

from services.kit.problems import NotFound, Problem, Text


class AttachmentUnknown(NotFound):
    detail = Text(
        "چنین پیوستی نیست. شناسه را از فهرست پیوست‌های اعتراض بردارید.",
        "There is no such attachment. Take its id from the attachments of the objection.",
    )


class AttachmentsFull(Problem):
    """The objection has as many attachments as it may have."""

    status, code = 409, "attachments-full"
    title = Text("پیوست دیگری جا نمی‌شود", "No more attachments")
    detail = Text(
        "هر اعتراض حداکثر پنج پیوست دارد. چند برگ را در یک فایل PDF بفرستید.",
        "An objection has five attachments at most. Put several pages into one PDF file.",
    )


class AttachmentRefused(Problem):
    """The content of a file is not accepted as a paper."""

    status, code = 422, "attachment-refused"
    title = Text("فایل پذیرفته نشد", "File refused")


class AttachmentTypeUnknown(AttachmentRefused):
    """The content of the file has another type than the three, whatever its name says."""

    code = "attachment-type-unknown"
    detail = Text(
        "این فایل PDF، JPEG یا PNG نیست، هر نامی که داشته باشد. عکس یا PDF مدرک را بفرستید.",
        "This file is neither a PDF nor a JPEG or PNG, whatever its name. Send a photo or a PDF.",
    )


class AttachmentDamaged(AttachmentRefused):
    """The file cannot be read to its end."""

    code = "attachment-damaged"
    detail = Text(
        "این فایل تا پایان خوانده نمی‌شود. آن را دوباره ذخیره کنید یا از مدرک عکس بگیرید.",
        "This file cannot be read to its end. Save it again, or take a photo of the paper.",
    )


class AttachmentEncrypted(AttachmentRefused):
    """The PDF is encrypted, so its content cannot be checked."""

    code = "attachment-encrypted"
    detail = Text(
        "این فایل PDF رمزگذاری شده است و محتوای آن بررسی نمی‌شود. نسخه‌ای بی رمز یا عکس مدرک را بفرستید.",
        "This PDF is encrypted, so its content cannot be checked. Send one without encryption, or a photo.",
    )


class AttachmentActive(AttachmentRefused):
    """The PDF has a script, starts something when it is opened, or carries other files."""

    code = "attachment-active"
    detail = Text(
        "این فایل PDF اسکریپت، فرمان یا فایل دیگری در خود دارد. آن را به صورت PDF چاپ کنید یا عکس بفرستید.",
        "This PDF has a script, a command or another file inside. Print it as a PDF again, or send a photo.",
    )


class AttachmentAmbiguous(AttachmentRefused):
    """The file can be read as something else, too."""

    code = "attachment-ambiguous"
    detail = Text(
        "این فایل محتوای دیگری هم در خود دارد. آن را دوباره ذخیره کنید یا از مدرک عکس بگیرید.",
        "This file has other content besides. Save it again, or take a photo of the paper.",
    )


class AttachmentExpands(AttachmentRefused):
    """The file has too many pixels, or expands to more than is accepted."""

    code = "attachment-expands"
    detail = Text(
        "تصویر یا محتوای این فایل بیش از اندازه بزرگ است. تصویری کوچک‌تر، تا ۴۰ مگاپیکسل، بفرستید.",
        "The picture or content of this file is too large. Send a smaller one, of at most 40 megapixels.",
    )
